using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>How a session shares out its working memory: half for tiles, a quarter for the candidates of selections, a quarter for what is decided by rank or kept of a selection; chunks take little.</summary>
internal static class CpuMemory
{
    /// <summary>Returns the bytes for the candidates of all selections of a session.</summary>
    public static long Candidates(CpuDeviceOptions options) => options.WorkingMemory / 4;

    /// <summary>Returns the bytes for ranking rows, while neither tiles nor candidates are in use.</summary>
    public static long Ranking(CpuDeviceOptions options) => options.WorkingMemory / 4 * 3;

    /// <summary>Returns the bytes for what sparsifiers by rank have decided, or for the bits of a selection.</summary>
    public static long Decisions(CpuDeviceOptions options) => options.WorkingMemory / 4;

    /// <summary>Returns the number of workers of a pass that waits for files: as many again as compute.</summary>
    public static int Workers(CpuDeviceOptions options, Segments segments) => Math.Min(2 * options.Threads, Math.Max(1, segments.Count));

    /// <summary>Returns the number of elements that are read or written at once.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="segments">The segments; no tile is longer than one.</param>
    /// <param name="bytesPerElement">The bytes of one element of every input and of the output.</param>
    /// <param name="workers">The number of workers, each of which has tiles of its own.</param>
    public static int TileElements(CpuDeviceOptions options, Segments segments, long bytesPerElement, int workers)
    {
        long affordable = options.WorkingMemory / 2 / Math.Max(1, workers) / Math.Max(1, bytesPerElement);
        long longest = Math.Min(segments.Length, segments.ElementCount);
        int elements = (int)Math.Max(1, Math.Min(Math.Min(affordable, options.TileElements), longest));

        // No chunk then crosses the end of a tile.
        return elements > ChunkKernels.Capacity ? elements & -ChunkKernels.Capacity : elements;
    }

    /// <summary>Returns the most that a session takes.</summary>
    public static long Estimate(CpuDeviceOptions options, IReadOnlyList<TensorSource> inputs, DataType output)
    {
        Segments segments = new(inputs[0].Shape.ElementCount);
        int workers = Workers(options, segments);
        long bytesPerElement = inputs.Sum(input => input.DataType.Size) + output.Size;
        long tiles = workers * (long)TileElements(options, segments, bytesPerElement, workers) * bytesPerElement;

        // Zeros, results, keys, masks, and for each input a widened chunk and two of magnitudes or candidates.
        long chunks = workers * (6L + (3L * inputs.Count)) * ChunkKernels.Capacity * sizeof(float);

        // Up to two selections by each input; what is decided by rank; numbers for each row or column.
        int selections = 2 * inputs.Count;
        long candidates = selections * 2L * sizeof(uint) * KeyBracket.Capacity(segments, Candidates(options) / selections);
        RankPlan ranking = new(options, inputs[0].Shape, [.. inputs.Select(input => input.DataType)], workers);
        long decisions = (long)Math.Min(Decisions(options), (double)segments.ElementCount * sizeof(float) * inputs.Count);
        long vectors = Math.Max(RowNumbers(inputs[0].Shape), VectorMemory.Estimate(inputs[0].Shape, segments, inputs.Count));
        return Math.Max(tiles + candidates, Math.Min(ranking.Bytes, Ranking(options))) + decisions + chunks + vectors;
    }

    // A row's divergence in double, and the factor made of it.
    private static long RowNumbers(TensorShape shape) =>
        shape.Rank < 2 || shape.Dimensions[^1] == 0 ? 0 : shape.ElementCount / shape.Dimensions[^1] * (sizeof(double) + sizeof(float));
}

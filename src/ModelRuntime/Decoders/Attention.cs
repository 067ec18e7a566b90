using System.Numerics;
using ModelRuntime.Kernels;
using ModelTensors.Devices;

namespace ModelRuntime.Decoders;

/// <summary>Causal attention of grouped heads, sequence by sequence.</summary>
/// <remarks>
/// Short sequences go through kernels of their own; the queries of long ones go in blocks, so that what a block cannot see is not computed. Ways, blocks, caches and other sequences change no bit: a score is one chain over the width
/// of a head, an output one chain over the keys in their order, in which those that are not seen add exact zeros, and the lanes of a softmax's sum belong to
/// positions.
/// </remarks>
internal static class Attention
{
    private const int BlockRows = 128;

    // Whole vectors, so that the lane of a key does not depend on where a window begins.
    private const int KeyStep = 16;

    // Scratch comes in powers of two, so that it is used again and all sizes together take twice the largest.
    private const int SmallestStride = 256;
    private const int SmallestScratch = 8192;

    // More of them are worth the packing of a product that is cut for the caches.
    private const int MostCachedQueries = 32;

    /// <summary>Computes the heads' outputs.</summary>
    public static void Forward(Pass pass, DecoderConfig config, AttentionPlace place, Rows queries, Rows keys, Rows values, Rows output)
    {
        int group = config.HeadCount / config.KeyValueHeadCount;
        CachedHeads[]? cached = pass.Cache is null ? null
            : [.. Enumerable.Range(0, pass.Batch.SequenceCount).Select(sequence => Append(pass, place.Slot, keys, values, sequence))];
        long work = (long)pass.Batch.TokenCount / pass.Batch.SequenceCount * pass.Batch.LongestLength * config.HeadSize;
        pass.Compute.For(
            pass.Batch.SequenceCount * config.HeadCount,
            work,
            task =>
            {
                (int sequence, int head) = Math.DivRem(task, config.HeadCount);
                (int start, int length) = (pass.Batch.StartOf(sequence), pass.Batch.LengthOf(sequence));
                int total = cached is null ? length : cached[sequence].Count;
                (int Query, int Shared) columns = (head * config.HeadSize, head / group * config.HeadSize);
                if (cached is null && length <= SmallAttention.MostKeys)
                {
                    Rows memory = Scratch(pass, config);
                    SmallAttention.Forward((queries, keys, values, output), start, length, columns, config.HeadSize, place.Window ?? length, Scale(config), memory);
                    pass.Compute.Return(memory);
                    return;
                }

                if (cached is not null && length <= MostCachedQueries)
                {
                    Rows memory = pass.Compute.Rent(1, RoundUp(SmallAttention.CachedScratchLength(length, total, config.HeadSize), SmallestScratch));
                    SmallAttention.ForwardCached((queries, output), cached[sequence], start, length, columns, config.HeadSize, place.Window ?? total, Scale(config), memory);
                    pass.Compute.Return(memory);
                    return;
                }

                Matrix allKeys = cached is null ? keys.Matrix.Block(start, 0, length, keys.Columns) : cached[sequence].KeyMatrix;
                Matrix allValues = cached is null ? values.Matrix.Block(start, 0, length, values.Columns) : cached[sequence].ValueMatrix;
                foreach (QueryBlock block in Blocks(length, total, place.Window))
                {
                    Rows scratch = pass.Compute.Rent(block.Count, RoundUp(block.Keys, SmallestStride));
                    Matrix scores = scratch.Matrix.Block(0, 0, block.Count, block.Keys);
                    Score(pass, config, block, queries.Matrix.Block(start + block.First, head * config.HeadSize, block.Count, config.HeadSize), allKeys, columns.Shared, scratch);
                    pass.Compute.Device.MatMul(
                        scores,
                        allValues.Block(block.FirstKey, columns.Shared, block.Keys, config.HeadSize),
                        output.Matrix.Block(start + block.First, head * config.HeadSize, block.Count, config.HeadSize));
                    pass.Compute.Return(scratch);
                }
            },
            pass.CancellationToken);
    }

    /// <summary>Computes the gradients of queries, keys and values from that of the heads' outputs; there is no cache.</summary>
    public static void Backward(
        Pass pass, DecoderConfig config, AttentionPlace place, Rows queries, Rows keys, Rows values, Rows outputGradient, Rows queryGradient, Rows keyGradient, Rows valueGradient)
    {
        int group = config.HeadCount / config.KeyValueHeadCount;
        keyGradient.Span.Clear();
        valueGradient.Span.Clear();
        long work = (long)pass.Batch.TokenCount / pass.Batch.SequenceCount * pass.Batch.LongestLength * config.HeadSize * group;
        pass.Compute.For(
            pass.Batch.SequenceCount * config.KeyValueHeadCount,
            work,
            task =>
            {
                // The heads that share keys and values add to the same gradients: they belong to one piece, one after the other.
                (int sequence, int shared) = Math.DivRem(task, config.KeyValueHeadCount);
                for (int head = shared * group; head < (shared + 1) * group; head++)
                {
                    Backward(pass, config, place, sequence, head, shared, queries, keys, values, outputGradient, queryGradient, keyGradient, valueGradient);
                }
            },
            pass.CancellationToken);
    }

    private static void Backward(
        Pass pass, DecoderConfig config, AttentionPlace place, int sequence, int head, int shared,
        Rows queries, Rows keys, Rows values, Rows outputGradient, Rows queryGradient, Rows keyGradient, Rows valueGradient)
    {
        TensorDevice device = pass.Compute.Device;
        (int start, int length) = (pass.Batch.StartOf(sequence), pass.Batch.LengthOf(sequence));
        int size = config.HeadSize;
        if (length <= SmallAttention.MostKeys)
        {
            Rows memory = Scratch(pass, config);
            SmallAttention.Backward(
                (queries, keys, values, outputGradient), (queryGradient, keyGradient, valueGradient),
                start, length, (head * size, shared * size), size, place.Window ?? length, Scale(config), memory);
            pass.Compute.Return(memory);
            return;
        }

        Matrix allKeys = keys.Matrix.Block(start, 0, length, keys.Columns);
        foreach (QueryBlock block in Blocks(length, length, place.Window))
        {
            Rows scratch = pass.Compute.Rent(block.Count, RoundUp(block.Keys, SmallestStride));
            Rows scratchGradient = pass.Compute.Rent(block.Count, RoundUp(block.Keys, SmallestStride));
            Matrix probabilities = scratch.Matrix.Block(0, 0, block.Count, block.Keys);
            Matrix gradient = scratchGradient.Matrix.Block(0, 0, block.Count, block.Keys);
            Matrix query = queries.Matrix.Block(start + block.First, head * size, block.Count, size);
            Matrix given = outputGradient.Matrix.Block(start + block.First, head * size, block.Count, size);
            Score(pass, config, block, query, allKeys, shared * size, scratch);
            device.MatMul(probabilities.Transposed, given, valueGradient.Matrix.Block(start + block.FirstKey, shared * size, block.Keys, size), 1, 1);
            device.MatMul(given, values.Matrix.Block(start + block.FirstKey, shared * size, block.Keys, size).Transposed, gradient);
            for (int row = 0; row < block.Count; row++)
            {
                RowPasses.SoftmaxBackward(scratch.Row(row)[..block.Keys], scratchGradient.Row(row)[..block.Keys]);
            }

            float scale = Scale(config);
            device.MatMul(gradient, keys.Matrix.Block(start + block.FirstKey, shared * size, block.Keys, size), queryGradient.Matrix.Block(start + block.First, head * size, block.Count, size), scale);
            device.MatMul(gradient.Transposed, query, keyGradient.Matrix.Block(start + block.FirstKey, shared * size, block.Keys, size), scale, 1);
            pass.Compute.Return(scratch, scratchGradient);
        }
    }

    // Of one length, so that every short sequence finds it.
    private static Rows Scratch(Pass pass, DecoderConfig config) => pass.Compute.Rent(1, SmallAttention.ScratchLength(SmallAttention.MostKeys, config.HeadSize));

    private static CachedHeads Append(Pass pass, int slot, Rows keys, Rows values, int sequence) =>
        pass.Cache!.Append(slot, pass.Cached(sequence), keys, values, pass.Batch.StartOf(sequence), pass.Batch.LengthOf(sequence));

    private static void Score(Pass pass, DecoderConfig config, QueryBlock block, Matrix queries, Matrix keys, int column, Rows scratch)
    {
        Matrix scores = scratch.Matrix.Block(0, 0, block.Count, block.Keys);
        pass.Compute.Device.MatMul(queries, keys.Block(block.FirstKey, column, block.Keys, config.HeadSize).Transposed, scores, Scale(config));
        for (int row = 0; row < block.Count; row++)
        {
            int last = block.FirstPosition + row - block.FirstKey;
            int from = block.Window is { } window ? Math.Max(0, last - window + 1) : 0;
            RowPasses.Softmax(scratch.Row(row)[..block.Keys], from, last + 1);
        }
    }

    private static IEnumerable<QueryBlock> Blocks(int length, int total, int? window)
    {
        int past = total - length;
        for (int first = 0; first < length; first += BlockRows)
        {
            int count = Math.Min(BlockRows, length - first);
            int firstKey = window is { } size ? Math.Max(0, past + first - size + 1) / KeyStep * KeyStep : 0;
            yield return new QueryBlock(first, count, past + first, firstKey, past + first + count - firstKey, window);
        }
    }

    private static float Scale(DecoderConfig config) => (float)(1 / Math.Sqrt(config.HeadSize));

    private static int RoundUp(int value, int smallest) => checked((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(value, smallest)));

    /// <summary>Some queries of a sequence, and the keys that any of them sees.</summary>
    private readonly record struct QueryBlock(int First, int Count, int FirstPosition, int FirstKey, int Keys, int? Window);
}

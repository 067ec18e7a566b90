using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <content>Maps.</content>
internal sealed unsafe partial class CpuSession
{
    // Below this the reference divides by one instead.
    private const double SmallestDivisor = 1e-8;

    // Dense maps need no chunks of their own: longer runs as they are stored cost fewer calls.
    private const int DenseRun = 1 << 14;

    private delegate bool Combination(ChunkFeed feed, float** deltas, int count);

    public override void Map(MapPass pass, TensorSink output)
    {
        ArgumentNullException.ThrowIfNull(pass);
        CheckOutput(output);
        _nonFiniteOutputs = 0;
        switch (pass)
        {
            case WeightedSumMap map:
                RunWeightedSum(map, output);
                break;
            case ElementWeightedMeanMap map:
                RunElementMean(map, output);
                break;
            case TaskVectorMap { Vectors.Count: 0 } map:
                RunWeightedSum(new WeightedSumMap((map.Origin, 1)), output);
                break;
            case TaskVectorMap { Consensus: Consensus.None } map:
                RunTaskVectorSum(map, output);
                break;
            case TaskVectorMap map:
                RunElection(map, output);
                break;
            case TileMap map:
                Run(new Pass([.. Enumerable.Range(0, Inputs.Count)], output, 0) { Floats = true }, _ => (feed, _, start, count) =>
                {
                    map.Function(new Tile(feed.Inputs, start, count), new Span<float>(feed.Result, count));
                    return true;
                });
                break;
            default:
                throw new NotSupportedException($"The CPU device does not know the pass {pass.GetType().Name}.");
        }
    }

    public override void Copy(int input, TensorSink output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(input);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(input, Inputs.Count);
        ArgumentNullException.ThrowIfNull(output);
        TensorSource source = Inputs[input];
        if (source.DataType != output.DataType)
        {
            Map(new WeightedSumMap((input, 1)), output);
            return;
        }

        CheckShape(output);
        CopyBytes(input, output);
    }

    private void RunWeightedSum(WeightedSumMap map, TensorSink output)
    {
        int[] inputs = [.. map.Terms.Select(term => term.Input)];
        float[] weights = [.. map.Terms.Select(term => (float)term.Weight)];
        Run(new Pass(Used(inputs, -1), output, 0) { Run = DenseRun }, _ => (feed, _, _, count) =>
        {
            nint* vectors = stackalloc nint[inputs.Length];
            Gather(feed, inputs, vectors);
            fixed (float* factors = weights)
            {
                return feed.Kernels.WeightedSum((void**)vectors, factors, weights.Length, feed.Result, count);
            }
        });
    }

    private void RunTaskVectorSum(TaskVectorMap map, TensorSink output)
    {
        double divisor = map.Normalize ? map.Vectors.Sum(vector => vector.Weight) : 1;
        double common = map.Lambda / (Math.Abs(divisor) < SmallestDivisor ? 1 : divisor);
        float[] weights = [.. map.Vectors.Select(vector => (float)(vector.Weight * vector.Scale * common))];
        int[] inputs = [.. map.Vectors.Select(vector => vector.Input)];
        if (map.Vectors.All(vector => vector.Sparsifier is KeepAllSparsifier))
        {
            Run(new Pass(Used(inputs, map.Origin), output, 0) { Run = DenseRun }, _ => (feed, _, _, count) =>
            {
                nint* vectors = stackalloc nint[inputs.Length];
                Gather(feed, inputs, vectors);
                fixed (float* factors = weights)
                {
                    return feed.Kernels.AddDeltas(feed.Input(map.Origin), (void**)vectors, factors, weights.Length, feed.Result, count);
                }
            });
            return;
        }

        RunSparse(map, weights, output, (feed, deltas, count) =>
            feed.Kernels.AddSum(feed.Input(map.Origin), deltas, weights.Length, feed.Result, count));
    }

    private void RunElection(TaskVectorMap map, TensorSink output)
    {
        float[] weights = [.. map.Vectors.Select(vector => (float)vector.Weight)];
        float[] scaled = [.. map.Vectors.Select(vector => (float)(vector.Weight * vector.Scale))];
        RunSparse(map, scaled, output, (feed, deltas, count) =>
        {
            fixed (float* factors = weights)
            {
                return feed.Kernels.Elect(
                    feed.Input(map.Origin), deltas, factors, weights.Length, map.Normalize, (float)map.Lambda, feed.Result, count);
            }
        });
    }

    /// <summary>Writes the weighted, sparse deltas of each chunk and combines them.</summary>
    private void RunSparse(TaskVectorMap map, float[] weights, TensorSink output, Combination combine)
    {
        Pass whole = new(Used(map.Vectors.Select(vector => vector.Input), map.Origin), output, weights.Length);
        ForEachWindow(map.Vectors, map.Origin, rescales: true, window => Run(whole with { Start = window.Start, End = window.End }, _ =>
        {
            TieCursors cursors = new(map.Vectors);
            return (feed, segment, start, count) =>
            {
                cursors.MoveTo(segment, start);
                bool finite = true;
                for (int i = 0; i < weights.Length; i++)
                {
                    finite &= WriteDelta(
                        feed, map.Vectors[i], map.Origin, weights[i], ref cursors[i], window.Masks[i], start, (float*)feed.Scratch[i], count);
                }

                fixed (nint* deltas = feed.Scratch)
                {
                    return combine(feed, (float**)deltas, count) && finite;
                }
            };
        }));
    }

    private static bool WriteDelta(
        ChunkFeed feed, TaskVector vector, int origin, float weight, ref TieCursor ties, RankedMask? mask, long start, float* destination, int count)
    {
        void* input = feed.Input(vector.Input);
        void* from = feed.Origin(origin);
        return vector.Sparsifier switch
        {
            KeepSelectedSparsifier { Selection: { KeepsAllTies: true } selection } =>
                feed.Kernels.DeltaAbove(input, from, weight, (int)selection.ThresholdBits - 1, destination, count),
            KeepSelectedSparsifier { Selection: var selection } =>
                feed.Kernels.DeltaAboveOrTied(input, from, weight, (int)selection.ThresholdBits, ref ties, destination, count),
            KeepRandomSparsifier random =>
                feed.Kernels.DeltaRandom(input, from, weight, random.Key, start / PassKernels.Block, random.Limit, destination, count),
            KeepByRankSparsifier { Rescale: true } => feed.Kernels.DeltaScaled(input, from, weight, (float*)mask!.At(start), destination, count),
            KeepByRankSparsifier => feed.Kernels.DeltaMasked(input, from, weight, (byte*)mask!.At(start), destination, count),
            _ => feed.Kernels.Delta(input, from, weight, destination, count),
        };
    }

    private static void Gather(ChunkFeed feed, int[] inputs, nint* addresses)
    {
        for (int i = 0; i < inputs.Length; i++)
        {
            addresses[i] = (nint)feed.Input(inputs[i]);
        }
    }

    private void CheckOutput(TensorSink output)
    {
        ArgumentNullException.ThrowIfNull(output);
        CheckShape(output);
        if (output.DataType is not (DataType.F16 or DataType.BF16 or DataType.F32 or DataType.F64))
        {
            throw new NotSupportedException($"Floats are not rounded to {output.DataType.SafetensorsName}.");
        }
    }

    private void CheckShape(TensorSink output)
    {
        if (output.Shape != Inputs[0].Shape)
        {
            throw new ArgumentException($"The output's shape {output.Shape} is not the inputs' shape {Inputs[0].Shape}.", nameof(output));
        }
    }
}

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
            case VectorSumMap map:
                RunVectorSum(map, output);
                break;
            case ActiveMeanMap map:
                RunActiveMean(map, output);
                break;
            case NearSwapMap map:
                RunNearSwap(map, output);
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

    public override void MapPart(MapPass pass, long start, TensorSink part)
    {
        ArgumentNullException.ThrowIfNull(part);
        long end = checked(start + part.Shape.ElementCount);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, Segments.ElementCount, nameof(start));
        if (start == end)
        {
            return;
        }

        // Whole segments, whose surplus the sink drops: what is known of a selection's ties is known at their beginnings.
        long firstSegment = start / Segments.Length;
        long lastSegment = (end - 1) / Segments.Length;
        _part = (firstSegment * Segments.Length, (lastSegment + 1) * Segments.Length);
        try
        {
            Map(pass, new PartSink(part, start, Inputs[0].Shape));
        }
        finally
        {
            _part = null;
            _nonFiniteOutputs = 0;
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
        double divisor = map.Normalize ? map.Vectors.Sum(vector => map.Divisor == TaskVectorDivisor.Count ? 1 : vector.Weight) : 1;
        double common = map.Lambda / (Math.Abs(divisor) < SmallestDivisor ? 1 : divisor);
        float[] weights = [.. map.Vectors.Select(vector => (float)(vector.Weight * vector.Scale * common))];
        int[] inputs = [.. map.Vectors.Select(vector => vector.Input)];
        if (map.Vectors.All(vector => vector.Sparsifier is KeepAllSparsifier))
        {
            if (map.Origin < 0)
            {
                RunWeightedSum(new WeightedSumMap([.. map.Vectors.Select((vector, index) => (vector.Input, (double)weights[index]))]), output);
                return;
            }

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
            feed.Kernels.AddSum(feed.Origin(map.Origin), deltas, weights.Length, feed.Result, count));
    }

    private void RunElection(TaskVectorMap map, TensorSink output)
    {
        // Weighted task vectors vote with what they add; otherwise the weight comes in afterwards.
        bool weighted = map.Consensus is Consensus.WeightedSign or Consensus.MajoritySign;
        bool byHead = map.Consensus is Consensus.MajoritySign or Consensus.UnweightedMajoritySign;
        float[] votes = [.. map.Vectors.Select(vector => (float)(weighted ? vector.Weight * vector.Scale : vector.Scale))];
        float[] values = [.. map.Vectors.Select(vector => weighted ? 1 : (float)vector.Weight)];
        float[] divisors = [.. map.Vectors.Select(vector => map.Divisor == TaskVectorDivisor.Count ? 1 : (float)vector.Weight)];
        float smallest = (float)map.SmallestDivisor;
        ElectionRule rule = new(byHead, map.Normalize, smallest, smallest > 0 ? smallest : 1, (float)map.Lambda);
        RunSparse(map, votes, output, (feed, deltas, count) =>
        {
            fixed (float* value = values, divisor = divisors)
            {
                ElectionTerms terms = new() { Votes = deltas, Count = values.Length, Values = value, Divisors = divisor };
                return feed.Kernels.Elect(feed.Origin(map.Origin), &terms, rule, feed.Result, count);
            }
        });
    }

    /// <summary>Writes the weighted, sparse deltas of each chunk and combines them.</summary>
    private void RunSparse(TaskVectorMap map, float[] weights, TensorSink output, Combination combine)
    {
        Pass whole = new(Used(map.Vectors, map.Origin), output, weights.Length + SparseMasks.Chunks(weights.Length));
        SelectionMask? selected = _selected is { IsComplete: true } ? _selected : null;
        ForEachWindow(map.Vectors, map.Origin, rescales: true, window => Run(whole with { Start = window.Start, End = window.End }, feed =>
        {
            SparseMasks masks = new(feed, weights.Length, map.Vectors, window.Masks, selected, map.Origin, Segments.ElementCount);
            return (_, segment, start, count) =>
            {
                masks.MoveTo(segment, start);
                bool finite = true;
                for (int i = 0; i < weights.Length; i++)
                {
                    finite &= masks.WriteDelta(feed, i, weights[i], (float*)feed.Scratch[i], count);
                }

                fixed (nint* deltas = feed.Scratch)
                {
                    return combine(feed, (float**)deltas, count) && finite;
                }
            };
        }));
    }

    private static void Gather(ChunkFeed feed, IReadOnlyList<int> inputs, nint* addresses, nint skippedBytes = 0)
    {
        for (int i = 0; i < inputs.Count; i++)
        {
            addresses[i] = (nint)feed.Input(inputs[i]) + skippedBytes;
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

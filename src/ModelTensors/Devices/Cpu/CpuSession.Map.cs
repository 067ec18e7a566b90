using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <content>Maps.</content>
internal sealed unsafe partial class CpuSession
{
    // Below this the reference divides by one instead.
    private const double SmallestDivisor = 1e-8;

    private delegate bool FusedKernel(DataType type, void* origin, void** inputs, void* destination, int count);

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
                Run([.. Enumerable.Range(0, Inputs.Count)], output, 1, _ => (feed, _, start, count) =>
                {
                    float* result = (float*)feed.Scratch[0];
                    map.Function(new Tile(feed.Inputs, start, count), new Span<float>(result, count));
                    feed.Write(result, start, count);
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
        if (source.DataType is DataType.F32 or DataType.F16 or DataType.BF16)
        {
            // Widening and rounding back changes nothing but a signalling NaN, and counts what is not finite on the way.
            RunWeightedSum(new WeightedSumMap((input, 1)), output);
            return;
        }

        byte[] buffer = new byte[Math.Min(source.ByteLength, 1 << 20)];
        int size = source.DataType.Size;
        for (long start = 0; start < source.Shape.ElementCount;)
        {
            ThrowIfCanceled();
            int count = (int)Math.Min(buffer.Length / size, source.Shape.ElementCount - start);
            source.Read(start, buffer.AsSpan(0, count * size));
            output.Write(start, buffer.AsSpan(0, count * size));
            ReportBytes(count, [source]);
            start += count;
        }
    }

    private void RunWeightedSum(WeightedSumMap map, TensorSink output)
    {
        int[] inputs = [.. map.Terms.Select(term => term.Input)];
        float[] weights = [.. map.Terms.Select(term => (float)term.Weight)];
        Run(Used(inputs, -1), output, 1, feed =>
        {
            nint[] terms = [.. inputs.Select(input => feed.Inputs[input])];
            return (_, _, start, count) =>
            {
                float* result = (float*)feed.Scratch[0];
                fixed (nint* vectors = terms)
                fixed (float* factors = weights)
                {
                    Kernels.WeightedSum((float**)vectors, factors, weights.Length, result, count);
                }

                feed.Write(result, start, count);
            };
        }, FusedChunks(inputs, -1, output, (type, _, vectors, destination, count) =>
        {
            fixed (float* factors = weights)
            {
                return Kernels.TryWeightedSum(type, vectors, factors, weights.Length, destination, count);
            }
        }));
    }

    private void RunTaskVectorSum(TaskVectorMap map, TensorSink output)
    {
        double divisor = map.Normalize ? map.Vectors.Sum(vector => vector.Weight) : 1;
        double common = map.Lambda / (Math.Abs(divisor) < SmallestDivisor ? 1 : divisor);
        float[] weights = [.. map.Vectors.Select(vector => (float)(vector.Weight * vector.Scale * common))];
        int[] inputs = [.. map.Vectors.Select(vector => vector.Input)];
        bool dense = map.Vectors.All(vector => vector.Sparsifier is KeepAllSparsifier);
        Run(Used(inputs, map.Origin), output, dense ? 1 : 1 + inputs.Length, feed =>
        {
            nint[] terms = dense ? [.. inputs.Select(input => feed.Inputs[input])] : feed.Scratch[1..];
            TieCursors cursors = new(map.Vectors);
            return (_, segment, start, count) =>
            {
                float* result = (float*)feed.Scratch[0];
                if (!dense)
                {
                    WriteDeltas(feed, map, weights, cursors, segment, start, terms, count);
                }

                fixed (nint* vectors = terms)
                fixed (float* factors = weights)
                {
                    if (dense)
                    {
                        Kernels.AddDeltas(feed.Input(map.Origin), (float**)vectors, factors, weights.Length, result, count);
                    }
                    else
                    {
                        Kernels.AddSum(feed.Input(map.Origin), (float**)vectors, weights.Length, 1, result, count);
                    }
                }

                feed.Write(result, start, count);
            };
        }, !dense ? null : FusedChunks(inputs, map.Origin, output, (type, origin, vectors, destination, count) =>
        {
            fixed (float* factors = weights)
            {
                return Kernels.TryAddDeltas(type, origin, vectors, factors, weights.Length, destination, count);
            }
        }));
    }

    /// <summary>Runs a dense map from storage to storage where all types are equal; a chunk it cannot take goes the general way.</summary>
    private StoredChunkAction? FusedChunks(int[] inputs, int origin, TensorSink output, FusedKernel kernel)
    {
        DataType type = output.DataType;
        if (Array.Exists(Used(inputs, origin), input => Inputs[input].DataType != type))
        {
            return null;
        }

        // Each worker calls on its own thread, with addresses of its own.
        return (feed, start, count) =>
        {
            if (count % (2 * ChunkKernels.Step) != 0 || !feed.TryGetStored(start, count, out void* destination))
            {
                return false;
            }

            nint* vectors = stackalloc nint[inputs.Length];
            for (int i = 0; i < inputs.Length; i++)
            {
                vectors[i] = feed.Stored[inputs[i]];
            }

            if (!kernel(type, origin < 0 ? null : (void*)feed.Stored[origin], (void**)vectors, destination, count))
            {
                return false;
            }

            feed.Advance(count);
            return true;
        };
    }

    private void RunElection(TaskVectorMap map, TensorSink output)
    {
        float[] weights = [.. map.Vectors.Select(vector => (float)vector.Weight)];
        float[] scaled = [.. map.Vectors.Select(vector => (float)(vector.Weight * vector.Scale))];
        Run(Used(map.Vectors.Select(vector => vector.Input), map.Origin), output, 1 + weights.Length, feed =>
        {
            nint[] deltas = feed.Scratch[1..];
            TieCursors cursors = new(map.Vectors);
            return (_, segment, start, count) =>
            {
                float* result = (float*)feed.Scratch[0];
                WriteDeltas(feed, map, scaled, cursors, segment, start, deltas, count);
                fixed (nint* vectors = deltas)
                fixed (float* factors = weights)
                {
                    Kernels.Elect(
                        feed.Input(map.Origin), (float**)vectors, factors, weights.Length, map.Normalize, (float)map.Lambda, result, count);
                }

                feed.Write(result, start, count);
            };
        });
    }

    private void WriteDeltas(
        ChunkFeed feed, TaskVectorMap map, float[] weights, TieCursors cursors, int segment, long start, nint[] destinations, int count)
    {
        for (int i = 0; i < destinations.Length; i++)
        {
            float* input = feed.Input(map.Vectors[i].Input);
            float* origin = feed.Input(map.Origin);
            float* destination = (float*)destinations[i];
            switch (map.Vectors[i].Sparsifier)
            {
                case KeepSelectedSparsifier { Selection: var selection }:
                    Kernels.DeltaAbove(input, origin, weights[i], selection.ThresholdBits, ref cursors.At(i, segment), destination, count);
                    break;
                case KeepRandomSparsifier random:
                    Kernels.DeltaRandom(input, origin, weights[i], random.Key, start / Philox.ElementsPerBlock, random.Limit, destination, count);
                    break;
                default:
                    Kernels.Delta(input, origin, weights[i], destination, count);
                    break;
            }
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

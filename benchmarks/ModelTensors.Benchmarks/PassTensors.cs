using ModelTensors.Devices;

namespace ModelTensors.Benchmarks;

/// <summary>A base and three models near it, of independent elements: bf16 differences tie as those of real models do.</summary>
internal sealed class PassTensors : IDisposable
{
    private const int Models = 3;
    private readonly HostTensor[] _tensors;

    public PassTensors(long count, DataType type)
    {
        // Rows are there for the passes that rank within them.
        const int columns = 1 << 12;
        TensorShape shape = new(count / columns, columns);
        _tensors = [.. Enumerable.Range(0, Models + 1).Select(_ => new HostTensor(type, shape))];
        Output = new HostTensor(type, shape);
        const int run = 1 << 16;
        Parallel.For(0, (count + run - 1) / run, block =>
        {
            long start = block * run;
            float[] origin = new float[Math.Min(run, count - start)];
            for (int j = 0; j <= Models; j++)
            {
                float[] values = new float[origin.Length];
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = j == 0 ? 0.02f * Normal(start + i, j) : origin[i] + (0.002f * Normal(start + i, j));
                }

                using HostTensor piece = HostTensor.FromSingles(values, new TensorShape(values.Length), type);
                byte[] bytes = new byte[values.Length * type.Size];
                piece.Source.Read(0, bytes);
                _tensors[j].Sink.Write(start, bytes);
                origin = j == 0 ? piece.ToSingles() : origin;
            }
        });
    }

    public HostTensor Output { get; }

    public TensorSource[] Sources(params ReadOnlySpan<int> indices)
    {
        TensorSource[] sources = new TensorSource[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            sources[i] = _tensors[indices[i]].Source;
        }

        return sources;
    }

    public void Dispose()
    {
        Array.ForEach(_tensors, tensor => tensor.Dispose());
        Output.Dispose();
    }

    // The sum of four uniform numbers is near enough to normal.
    private static float Normal(long element, int model)
    {
        (uint word0, uint word1, uint word2, uint word3) = Philox.Block((ulong)element, 0, new PhiloxKey((uint)model, 99));
        return ((float)(((double)word0 + word1 + word2 + word3) / uint.MaxValue) - 2) * 1.7320508f;
    }
}

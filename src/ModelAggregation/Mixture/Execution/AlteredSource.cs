using System.Buffers;
using System.Runtime.InteropServices;
using ModelTensors;

namespace ModelAggregation.Mixture.Execution;

/// <summary>A tensor with normal noise added and then multiplied by a factor, as mergekit-moe has it; computed in double and read as F32.</summary>
/// <remarks>The noise of an element is a function of the key and of its index: the same however the tensor is read.</remarks>
internal sealed class AlteredSource(TensorSource source, double noise, PhiloxKey key, double factor) : TensorSource(DataType.F32, source.Shape)
{
    private const int Run = 1 << 12;
    private const int NormalsPerBlock = 4;

    // 2⁻³²: words become the middles of as many equal parts of (0, 1), so that no logarithm of zero occurs.
    private const double WordScale = 1.0 / (1L << 32);

    public override DataType StoredDataType => source.StoredDataType;

    public override void Read(long start, Span<byte> destination)
    {
        Span<float> values = MemoryMarshal.Cast<byte, float>(destination);
        byte[] stored = ArrayPool<byte>.Shared.Rent(Run * source.DataType.Size);
        try
        {
            for (int done = 0; done < values.Length; done += Run)
            {
                Span<float> run = values.Slice(done, Math.Min(Run, values.Length - done));
                Span<byte> bytes = stored.AsSpan(0, run.Length * source.DataType.Size);
                source.Read(start + done, bytes);
                FloatConversion.Widen(bytes, source.DataType, run);
                Alter(start + done, run);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(stored);
        }
    }

    private void Alter(long start, Span<float> values)
    {
        Span<double> normals = stackalloc double[NormalsPerBlock];
        long drawn = -1;
        for (int i = 0; i < values.Length; i++)
        {
            double value = values[i];
            if (noise != 0)
            {
                (long block, long index) = Math.DivRem(start + i, NormalsPerBlock);
                if (block != drawn)
                {
                    Draw(block, normals);
                    drawn = block;
                }

                value += noise * normals[(int)index];
            }

            values[i] = (float)(factor * value);
        }
    }

    // Each pair of words makes two normals by Box and Muller's transform.
    private void Draw(long block, Span<double> normals)
    {
        (uint word0, uint word1, uint word2, uint word3) = Philox.Block((ulong)block, 0, key);
        (normals[0], normals[1]) = Normals(word0, word1);
        (normals[2], normals[3]) = Normals(word2, word3);
    }

    private static (double First, double Second) Normals(uint first, uint second)
    {
        double radius = Math.Sqrt(-2 * Math.Log((first + 0.5) * WordScale));
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * ((second + 0.5) * WordScale));
        return (radius * cosine, radius * sine);
    }
}

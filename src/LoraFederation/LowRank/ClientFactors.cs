using ModelTensors;

namespace LoraFederation.LowRank;

/// <summary>The factors that one client trains on: its own rank and scaling.</summary>
public sealed class ClientFactors : IDisposable
{
    internal ClientFactors(HostTensor b, HostTensor a, double scaling)
    {
        B = b;
        A = a;
        Scaling = scaling;
    }

    /// <summary>Gets the factor B: F32, [rows, rank].</summary>
    public HostTensor B { get; }

    /// <summary>Gets the factor A: F32, [rank, columns].</summary>
    public HostTensor A { get; }

    /// <summary>Gets the client's scaling s_k, such as its alpha over its rank: its update is <c>s_k B A</c>.</summary>
    public double Scaling { get; }

    /// <summary>Releases the factors.</summary>
    public void Dispose()
    {
        B.Dispose();
        A.Dispose();
    }

    /// <summary>Takes the first components, with factors beside them, and fills up with components that a client would start afresh with: B zero, A at random.</summary>
    /// <param name="factors">The components.</param>
    /// <param name="rank">The client's rank, at least 1.</param>
    /// <param name="scaling">The client's scaling, above 0.</param>
    /// <param name="key">The key of the fresh components.</param>
    /// <param name="scales">Returns what multiplies the columns of the left factor and the rows of the right one, for a singular value.</param>
    internal static ClientFactors Create(
        OrderedFactors factors, int rank, double scaling, PhiloxKey key, Func<double, (double Left, double Right)> scales)
    {
        ArgumentNullException.ThrowIfNull(factors);
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        if (!(scaling > 0 && double.IsFinite(scaling)))
        {
            throw new ArgumentOutOfRangeException(nameof(scaling), scaling, "A client's scaling is above 0 and finite.");
        }

        long rows = factors.Left.Shape[0];
        int columns = (int)factors.Right.Shape[1];
        int kept = Math.Min(rank, factors.Rank);
        HostTensor b = new(DataType.F32, new TensorShape(rows, rank));
        HostTensor a = new(DataType.F32, new TensorShape(rank, columns));
        (double Left, double Right)[] own = [.. factors.SingularValues.Take(kept).Select(scales)];
        for (long row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> source = factors.Left.AsSpan<float>(row * factors.Rank, kept);
            Span<float> target = b.AsSpan<float>(row * rank, kept);
            for (int i = 0; i < kept; i++)
            {
                target[i] = (float)(source[i] * own[i].Left);
            }
        }

        for (int i = 0; i < kept; i++)
        {
            ReadOnlySpan<float> source = factors.Right.AsSpan<float>((long)i * columns, columns);
            Span<float> target = a.AsSpan<float>((long)i * columns, columns);
            for (int column = 0; column < columns; column++)
            {
                target[column] = (float)(source[column] * own[i].Right);
            }
        }

        for (int i = kept; i < rank; i++)
        {
            FillFresh(a.AsSpan<float>((long)i * columns, columns), i, key);
        }

        return new ClientFactors(b, a, scaling);
    }

    /// <summary>Draws a row as PEFT does: evenly from ±1/√columns (Kaiming's rule with a = √5). Each element is a function of its place.</summary>
    private static void FillFresh(Span<float> row, int index, PhiloxKey key)
    {
        const double unit = 1.0 / (1L << 32);
        double bound = 1 / Math.Sqrt(row.Length);
        for (int column = 0; column < row.Length; column++)
        {
            uint word = Philox.Block((ulong)column, (ulong)index, key).Word0;
            row[column] = (float)(bound * ((2 * (word + 0.5) * unit) - 1));
        }
    }
}

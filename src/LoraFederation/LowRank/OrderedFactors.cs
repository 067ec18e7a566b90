using ModelTensors;

namespace LoraFederation.LowRank;

/// <summary>
/// The largest components of a sum, <c>Left · Right</c> with <c>Left = U √S</c> and <c>Right = √S Vᵀ</c>, largest first: the first r columns and rows are the
/// best approximation of rank r.
/// </summary>
/// <remarks>
/// HLoRA (arXiv 2503.00813), section 4, and FlexLoRA (arXiv 2402.11505), section 3: what is broadcast once serves clients of any rank. The entry of largest
/// magnitude of each left vector is positive. The scaling of the product is one.
/// </remarks>
public sealed class OrderedFactors : IDisposable
{
    internal OrderedFactors(HostTensor left, HostTensor right, IReadOnlyList<double> singularValues, double tail)
    {
        Left = left;
        Right = right;
        SingularValues = singularValues;
        Tail = tail;
        TotalNorm = Math.Sqrt(EnergyRule.SquaresFrom(singularValues, 0) + (tail * tail));
    }

    /// <summary>Gets the factor B, U √S: F32, [rows, rank].</summary>
    public HostTensor Left { get; }

    /// <summary>Gets the factor A, √S Vᵀ: F32, [rank, columns].</summary>
    public HostTensor Right { get; }

    /// <summary>Gets the singular values of the components, in descending order; none is zero.</summary>
    public IReadOnlyList<double> SingularValues { get; }

    /// <summary>Gets the number of components: 0 for a sum that is zero.</summary>
    public int Rank => SingularValues.Count;

    /// <summary>Gets the Frobenius norm of what was cut: the smallest that any matrix of this rank leaves (Eckart and Young 1936).</summary>
    public double Tail { get; }

    /// <summary>Gets the Frobenius norm of the whole.</summary>
    public double TotalNorm { get; }

    /// <summary>Returns the first components, copied.</summary>
    /// <param name="rank">The number of components, from 0; all when there are fewer.</param>
    public OrderedFactors Slice(int rank)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        rank = Math.Min(rank, Rank);
        double tail = Math.Sqrt(EnergyRule.SquaresFrom(SingularValues, rank) + (Tail * Tail));
        return new OrderedFactors(CopyColumns(0, rank), CopyRows(0, rank), [.. SingularValues.Take(rank)], tail);
    }

    /// <summary>Releases the factors.</summary>
    public void Dispose()
    {
        Left.Dispose();
        Right.Dispose();
    }

    /// <summary>Copies columns of the left factor.</summary>
    internal HostTensor CopyColumns(int first, int count)
    {
        HostTensor copy = new(DataType.F32, new TensorShape(Left.Shape[0], count));
        for (long row = 0; row < Left.Shape[0]; row++)
        {
            Left.AsSpan<float>((row * Rank) + first, count).CopyTo(copy.AsSpan<float>(row * count, count));
        }

        return copy;
    }

    /// <summary>Copies rows of the right factor.</summary>
    internal HostTensor CopyRows(int first, int count)
    {
        int columns = (int)Right.Shape[1];
        HostTensor copy = new(DataType.F32, new TensorShape(count, columns));
        for (int row = 0; row < count; row++)
        {
            Right.AsSpan<float>((long)(first + row) * columns, columns).CopyTo(copy.AsSpan<float>((long)row * columns, columns));
        }

        return copy;
    }
}

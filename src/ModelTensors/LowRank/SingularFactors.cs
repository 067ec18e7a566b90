namespace ModelTensors.LowRank;

/// <summary>The largest singular values of a matrix, with their vectors: <c>Σ value · left · rightᵀ</c>, values descending.</summary>
/// <remarks>The entry of largest magnitude of each left vector is positive, so that equal matrices have equal vectors.</remarks>
public sealed class SingularFactors
{
    private readonly ColumnMatrix _left;
    private readonly ColumnMatrix _right;

    internal SingularFactors(ColumnMatrix left, IReadOnlyList<double> values, ColumnMatrix right)
    {
        _left = left;
        _right = right;
        Values = values;
        for (int index = 0; index < values.Count; index++)
        {
            FixSign(left[index], right[index]);
        }
    }

    /// <summary>Gets the singular values, in descending order.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>Gets a left singular vector, with one entry for each row.</summary>
    /// <param name="index">The value's index.</param>
    public ReadOnlySpan<double> Left(int index) => _left[index];

    /// <summary>Gets a right singular vector, with one entry for each column.</summary>
    /// <param name="index">The value's index.</param>
    public ReadOnlySpan<double> Right(int index) => _right[index];

    private static void FixSign(Span<double> left, Span<double> right)
    {
        double largest = 0;
        foreach (double value in left)
        {
            largest = Math.Abs(value) > Math.Abs(largest) ? value : largest;
        }

        if (largest < 0)
        {
            Negate(left);
            Negate(right);
        }
    }

    private static void Negate(Span<double> values)
    {
        foreach (ref double value in values)
        {
            value = -value;
        }
    }
}

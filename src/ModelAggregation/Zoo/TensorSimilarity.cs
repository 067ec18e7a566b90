namespace ModelAggregation.Zoo;

/// <summary>What a comparison found in one tensor.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Values">For each pair of models the mean cosine of their columns or, when tensors are not divided, their inner product.</param>
internal sealed record TensorSimilarity(string Name, double[,] Values)
{
    /// <summary>Makes it of the triangle below and on the diagonal.</summary>
    public static TensorSimilarity FromLower(string name, ReadOnlySpan<double> lower, int count)
    {
        double[,] values = new double[count, count];
        int next = 0;
        for (int row = 0; row < count; row++)
        {
            for (int column = 0; column <= row; column++)
            {
                values[row, column] = values[column, row] = lower[next++];
            }
        }

        return new TensorSimilarity(name, values);
    }

    /// <summary>Returns the triangle below and on the diagonal, row by row.</summary>
    public IEnumerable<double> Lower()
    {
        for (int row = 0; row < Values.GetLength(0); row++)
        {
            for (int column = 0; column <= row; column++)
            {
                yield return Values[row, column];
            }
        }
    }
}

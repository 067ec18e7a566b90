using ModelTensors.LowRank;

namespace ModelAggregation.Mixture.Routers;

/// <summary>How well a router can tell experts apart by its rows: those of the matrix, or of the second layer.</summary>
public sealed record RouterDiagnosis
{
    /// <summary>Gets the layer whose router it is, from 0.</summary>
    public required int Layer { get; init; }

    /// <summary>Gets the condition number in the 2-norm: the greatest singular value over the least; infinite where a row depends on the others.</summary>
    public required double ConditionNumber { get; init; }

    /// <summary>Gets the pairs of experts whose rows are equal, which are always equally likely.</summary>
    public required IReadOnlyList<(int First, int Second)> IdenticalRows { get; init; }

    /// <summary>Gets the experts whose rows are zero, as those are whose prompts and negative prompts have the same states.</summary>
    public required IReadOnlyList<int> ZeroRows { get; init; }

    /// <summary>Gets whether the condition number is above <see cref="RouterDiagnostics.LargestConditionNumber"/>, or rows are equal or zero.</summary>
    public bool IsDegenerate => !(ConditionNumber <= RouterDiagnostics.LargestConditionNumber) || IdenticalRows.Count > 0 || ZeroRows.Count > 0;

    internal static RouterDiagnosis Of(Router router, int layer)
    {
        float[][] rows = [.. Enumerable.Range(0, router.ExpertCount).Select(expert => router is MlpRouter mlp ? mlp.OutputRow(expert).ToArray() : ((LinearRouter)router).Row(expert).ToArray())];
        return new RouterDiagnosis
        {
            Layer = layer,
            ConditionNumber = Condition(rows),
            IdenticalRows =
            [
                .. from first in Enumerable.Range(0, rows.Length)
                   from second in Enumerable.Range(first + 1, rows.Length - first - 1)
                   where rows[first].AsSpan().SequenceEqual(rows[second])
                   select (first, second),
            ],
            ZeroRows = [.. Enumerable.Range(0, rows.Length).Where(expert => Array.TrueForAll(rows[expert], weight => weight == 0))],
        };
    }

    // As torch.linalg.cond has it: a matrix has as many singular values as its shorter side. The decomposition costs the square of the number of columns, which are the shorter side then.
    private static double Condition(float[][] rows)
    {
        bool isWide = rows.Length <= rows[0].Length;
        int columns = isWide ? rows.Length : rows[0].Length;
        int height = isWide ? rows[0].Length : rows.Length;
        double[] matrix = new double[columns * height];
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                matrix[(row * columns) + column] = isWide ? rows[column][row] : rows[row][column];
            }
        }

        IReadOnlyList<double> values = SmallSvd.Decompose(matrix, height, columns).Values;
        return values[^1] > 0 ? values[0] / values[^1] : double.PositiveInfinity;
    }
}

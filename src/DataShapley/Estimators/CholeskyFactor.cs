namespace DataShapley.Estimators;

/// <summary>Solves symmetric positive definite systems, and says when a matrix is none.</summary>
internal sealed class CholeskyFactor
{
    // A pivot below this part of its diagonal is what rounding left of a dependent column.
    private const double Tolerance = 1e-11;

    private readonly double[] _lower;
    private readonly int _order;

    private CholeskyFactor(double[] lower, int order)
    {
        _lower = lower;
        _order = order;
    }

    /// <summary>Factors a matrix.</summary>
    /// <param name="matrix">The matrix, row by row; its upper triangle is not read.</param>
    /// <param name="order">The number of its rows.</param>
    /// <returns>Null where columns depend on each other.</returns>
    public static CholeskyFactor? TryCreate(ReadOnlySpan<double> matrix, int order)
    {
        double[] lower = matrix.ToArray();
        for (int row = 0; row < order; row++)
        {
            for (int column = 0; column < row; column++)
            {
                lower[(row * order) + column] = (lower[(row * order) + column] - Dot(lower, order, row, column)) / lower[(column * order) + column];
            }

            double diagonal = lower[(row * order) + row];
            double pivot = diagonal - Dot(lower, order, row, row);
            if (!(pivot > Tolerance * diagonal))
            {
                return null;
            }

            lower[(row * order) + row] = Math.Sqrt(pivot);
        }

        return new CholeskyFactor(lower, order);
    }

    /// <summary>Solves the system for one right-hand side.</summary>
    public double[] Solve(ReadOnlySpan<double> rightHandSide)
    {
        double[] x = rightHandSide.ToArray();
        for (int row = 0; row < _order; row++)
        {
            for (int column = 0; column < row; column++)
            {
                x[row] -= _lower[(row * _order) + column] * x[column];
            }

            x[row] /= _lower[(row * _order) + row];
        }

        for (int row = _order - 1; row >= 0; row--)
        {
            x[row] /= _lower[(row * _order) + row];
            for (int column = 0; column < row; column++)
            {
                x[column] -= _lower[(row * _order) + column] * x[row];
            }
        }

        return x;
    }

    private static double Dot(double[] lower, int order, int row, int other)
    {
        double sum = 0;
        int length = Math.Min(row, other);
        for (int i = 0; i < length; i++)
        {
            sum += lower[(row * order) + i] * lower[(other * order) + i];
        }

        return sum;
    }
}

namespace DataShapley.Estimators;

/// <summary>Least squares with a penalty on the sum of the coefficients' absolutes, by coordinate descent on the normal equations. The last column of the regression is the intercept and bears no penalty.</summary>
internal static class LassoRegression
{
    private const int MostSweeps = 10_000;
    private const int MostRounds = 50;
    private const double Tolerance = 1e-12;

    /// <summary>Minimises Σ(y − b − xᵀβ)² / (2 rows) + penalty · Σ|β|.</summary>
    /// <param name="regression">The rows.</param>
    /// <param name="columns">The number of coefficients without the intercept.</param>
    /// <param name="penalty">The penalty, or null for σ̂ · √(2 ln(columns) · x² / rows), with the residuals' σ̂ found at the same time (the scaled lasso of Sun and Zhang, 2012).</param>
    public static double[] Solve(LinearRegression regression, int columns, double? penalty)
    {
        double rows = regression.Count;
        double[] means = new double[columns];
        double[] products = new double[columns];
        double[] covariances = new double[columns * columns];
        double meanTarget = regression.Product(columns) / rows;
        double power = 0;
        for (int i = 0; i < columns; i++)
        {
            means[i] = regression.Gram(columns, i) / rows;
            products[i] = (regression.Product(i) / rows) - (means[i] * meanTarget);
            for (int j = 0; j <= i; j++)
            {
                double covariance = (regression.Gram(i, j) / rows) - (means[i] * means[j]);
                covariances[(i * columns) + j] = covariance;
                covariances[(j * columns) + i] = covariance;
            }

            power += covariances[(i * columns) + i] / columns;
        }

        double variance = Math.Max(0, (regression.TargetSquares / rows) - (meanTarget * meanTarget));
        double unit = Math.Sqrt(2 * Math.Log(Math.Max(2, columns)) * power / rows);
        double[] coefficients = new double[columns];
        double residual = variance;
        for (int round = 0; round < (penalty is null ? MostRounds : 1); round++)
        {
            Descend(covariances, products, coefficients, penalty ?? (Math.Sqrt(residual) * unit));
            double next = Residual(covariances, products, coefficients, variance);
            bool isStill = Math.Abs(next - residual) <= 1e-9 * variance;
            residual = next;
            if (isStill)
            {
                break;
            }
        }

        return coefficients;
    }

    private static void Descend(double[] covariances, double[] products, double[] coefficients, double penalty)
    {
        int columns = coefficients.Length;
        double scale = products.Max(Math.Abs);
        double[] gradient = [.. products];
        for (int i = 0; i < columns; i++)
        {
            Update(gradient, covariances, i, coefficients[i]);
        }

        for (int sweep = 0; sweep < MostSweeps; sweep++)
        {
            double moved = 0;
            for (int i = 0; i < columns; i++)
            {
                double own = covariances[(i * columns) + i];
                if (!(own > 0))
                {
                    continue;
                }

                double free = gradient[i] + (own * coefficients[i]);
                double next = Math.Sign(free) * Math.Max(0, Math.Abs(free) - penalty) / own;
                double change = next - coefficients[i];
                if (change != 0)
                {
                    coefficients[i] = next;
                    Update(gradient, covariances, i, change);
                    moved = Math.Max(moved, Math.Abs(change) * own);
                }
            }

            if (moved <= Tolerance * scale)
            {
                return;
            }
        }
    }

    private static void Update(double[] gradient, double[] covariances, int column, double change)
    {
        ReadOnlySpan<double> row = covariances.AsSpan(column * gradient.Length, gradient.Length);
        for (int i = 0; change != 0 && i < row.Length; i++)
        {
            gradient[i] -= row[i] * change;
        }
    }

    private static double Residual(double[] covariances, double[] products, double[] coefficients, double variance)
    {
        double residual = variance;
        for (int i = 0; i < coefficients.Length; i++)
        {
            double fitted = 0;
            for (int j = 0; j < coefficients.Length; j++)
            {
                fitted += covariances[(i * coefficients.Length) + j] * coefficients[j];
            }

            residual += coefficients[i] * (fitted - (2 * products[i]));
        }

        return Math.Max(0, residual);
    }
}

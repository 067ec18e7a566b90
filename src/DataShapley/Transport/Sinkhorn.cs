namespace DataShapley.Transport;

/// <summary>Entropic optimal transport between uniform weights, in the log domain, so that small regularisation does not underflow.</summary>
internal static class Sinkhorn
{
    /// <summary>Solves for the dual potentials.</summary>
    /// <param name="cost">Rows × columns.</param>
    /// <param name="regularization">ε, above zero.</param>
    /// <param name="iterations">At most.</param>
    /// <param name="tolerance">Of the row marginals, summed.</param>
    /// <param name="cancellationToken">Stops between iterations.</param>
    public static (double[] Rows, double[] Columns, bool IsConverged) Solve(double[,] cost, double regularization, int iterations, double tolerance, CancellationToken cancellationToken)
    {
        int rows = cost.GetLength(0);
        int columns = cost.GetLength(1);
        double[] f = new double[rows];
        double[] g = new double[columns];
        double[] terms = new double[Math.Max(rows, columns)];
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double error = 0;
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    terms[j] = (g[j] - cost[i, j]) / regularization;
                }

                double updated = -regularization * (LogSum(terms.AsSpan(0, columns)) - Math.Log(columns));
                error += Math.Abs(Math.Exp((f[i] - updated) / regularization) - 1) / rows;
                f[i] = updated;
            }

            for (int j = 0; j < columns; j++)
            {
                for (int i = 0; i < rows; i++)
                {
                    terms[i] = (f[i] - cost[i, j]) / regularization;
                }

                g[j] = -regularization * (LogSum(terms.AsSpan(0, rows)) - Math.Log(rows));
            }

            if (iteration > 0 && error < tolerance)
            {
                return (f, g, true);
            }
        }

        return (f, g, false);
    }

    /// <summary>Computes the transport cost from the potentials: Σ f / rows + Σ g / columns.</summary>
    public static double Value(double[] rows, double[] columns) => rows.Average() + columns.Average();

    private static double LogSum(ReadOnlySpan<double> terms)
    {
        double greatest = double.NegativeInfinity;
        foreach (double term in terms)
        {
            greatest = Math.Max(greatest, term);
        }

        double sum = 0;
        foreach (double term in terms)
        {
            sum += Math.Exp(term - greatest);
        }

        return greatest + Math.Log(sum);
    }
}

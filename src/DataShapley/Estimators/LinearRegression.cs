namespace DataShapley.Estimators;

/// <summary>Least squares over rows that come one by one, with errors that hold whatever the noise of the rows (sandwich, by groups of rows that belong together).</summary>
internal sealed class LinearRegression(int columns)
{
    private readonly List<(double[] Row, double Target, double Weight, long Group)> _rows = [];
    private readonly double[] _gram = new double[columns * columns];
    private readonly double[] _products = new double[columns];
    private CholeskyFactor? _factor;

    public int Count => _rows.Count;

    /// <summary>Gets the targets' weighted sum of squares.</summary>
    public double TargetSquares { get; private set; }

    /// <summary>Gets Σ weight · x xᵀ, of which the lower triangle is filled.</summary>
    public double Gram(int row, int column) => _gram[(Math.Max(row, column) * columns) + Math.Min(row, column)];

    /// <summary>Gets Σ weight · x y.</summary>
    public double Product(int column) => _products[column];

    public void Add(double[] row, double target, double weight, long group)
    {
        AddPrior(row, weight);
        for (int i = 0; i < columns; i++)
        {
            _products[i] += weight * target * row[i];
        }

        TargetSquares += weight * target * target;
        _rows.Add((row, target, weight, group));
    }

    /// <summary>Adds a row with the target 0 that is no observation.</summary>
    public void AddPrior(ReadOnlySpan<double> row, double weight)
    {
        _factor = null;
        for (int i = 0; i < columns; i++)
        {
            double scaled = weight * row[i];
            for (int j = 0; j <= i; j++)
            {
                _gram[(i * columns) + j] += scaled * row[j];
            }
        }
    }

    /// <summary>Solves for the coefficients.</summary>
    /// <returns>Null where the rows do not determine them.</returns>
    public double[]? TrySolve()
    {
        _factor ??= CholeskyFactor.TryCreate(_gram, columns);
        return _factor?.Solve(_products);
    }

    /// <summary>Estimates the variances of the coefficients: Σ_g (A⁻¹ u_g)² with u_g = Σ weight · x · residual over the group, times g / (g − columns).</summary>
    /// <param name="coefficients">What <see cref="TrySolve"/> gave.</param>
    /// <param name="estimated">How many coefficients are free.</param>
    /// <param name="degreesOfFreedom">Groups less free coefficients, 0 where there are too few.</param>
    public double[] Variances(ReadOnlySpan<double> coefficients, int estimated, out double degreesOfFreedom)
    {
        double[] variances = new double[columns];
        double[] scores = new double[columns];
        long groups = 0;
        for (int i = 0; i < _rows.Count; i++)
        {
            (double[] row, double residual, double weight, long group) = _rows[i];
            for (int j = 0; j < columns; j++)
            {
                residual -= row[j] * coefficients[j];
            }

            for (int j = 0; j < columns; j++)
            {
                scores[j] += weight * residual * row[j];
            }

            if (i + 1 == _rows.Count || _rows[i + 1].Group != group)
            {
                double[] influence = _factor!.Solve(scores);
                for (int j = 0; j < columns; j++)
                {
                    variances[j] += influence[j] * influence[j];
                }

                Array.Clear(scores);
                groups++;
            }
        }

        degreesOfFreedom = Math.Max(0, groups - estimated);
        for (int j = 0; j < columns; j++)
        {
            variances[j] = degreesOfFreedom > 0 ? variances[j] * (groups / degreesOfFreedom) : double.PositiveInfinity;
        }

        return variances;
    }
}

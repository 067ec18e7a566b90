namespace ModelAggregation.Search.Optimizers;

/// <summary>A run of <see cref="NelderMeadOptimizer"/>.</summary>
internal sealed class NelderMeadRun(int dimensions, double step) : IteratedRun
{
    private const double SmallestSimplex = 1e-6;

    // Shrinking to a point would end a run of one coordinate: the coefficients begin at two.
    private readonly double _expansion = 1 + (2.0 / Math.Max(dimensions, 2));
    private readonly double _contraction = 0.75 - (0.5 / Math.Max(dimensions, 2));
    private readonly double _shrinkage = 1 - (1.0 / Math.Max(dimensions, 2));

    private (double[] Point, double Value)[] _simplex = [];

    /// <inheritdoc />
    public override double? StepSize => _simplex.Length == 0 ? step : Size();

    protected override IEnumerable<double[][]> Batches()
    {
        double[][] corners = [.. Enumerable.Range(-1, dimensions + 1).Select(Corner)];
        yield return corners;
        _simplex = [.. corners.Select((point, index) => (point, Value(index)))];
        while (true)
        {
            // A stable order: of equal corners the older one is the better one.
            _simplex = [.. _simplex.OrderBy(corner => corner.Value)];
            if (Size() < SmallestSimplex)
            {
                yield break;
            }

            (double[] worst, double worstValue) = _simplex[^1];
            double[] middle = Middle();
            double[] reflected = Move(middle, worst, -1);
            yield return [reflected];
            double value = Value(0);
            if (value < _simplex[0].Value)
            {
                double[] expanded = Move(middle, worst, -_expansion);
                yield return [expanded];
                _simplex[^1] = Value(0) < value ? (expanded, Value(0)) : (reflected, value);
                continue;
            }

            if (value < _simplex[^2].Value)
            {
                _simplex[^1] = (reflected, value);
                continue;
            }

            bool isOutside = value < worstValue;
            double[] contracted = Move(middle, worst, isOutside ? -_contraction : _contraction);
            yield return [contracted];
            if (Value(0) < Math.Min(value, worstValue))
            {
                _simplex[^1] = (contracted, Value(0));
                continue;
            }

            double[][] shrunk = [.. _simplex[1..].Select(corner => Move(_simplex[0].Point, corner.Point, _shrinkage))];
            yield return shrunk;
            for (int i = 0; i < shrunk.Length; i++)
            {
                _simplex[i + 1] = (shrunk[i], Value(i));
            }
        }
    }

    // A point that failed is worse than all others.
    private double Value(int index) => Values[index] ?? double.PositiveInfinity;

    private double[] Corner(int axis)
    {
        double[] point = new double[dimensions];
        Array.Fill(point, 0.5);
        if (axis >= 0)
        {
            point[axis] += step;
        }

        return point;
    }

    private double Size() => _simplex[1..].Max(corner => corner.Point.Zip(_simplex[0].Point, (first, second) => Math.Abs(first - second)).Max());

    private double[] Middle()
    {
        double[] middle = new double[dimensions];
        for (int i = 0; i < dimensions; i++)
        {
            middle[i] = _simplex[..^1].Average(corner => corner.Point[i]);
        }

        return middle;
    }

    private static double[] Move(double[] origin, double[] point, double factor) =>
        [.. origin.Zip(point, (start, end) => Math.Clamp(start + (factor * (end - start)), 0, 1))];
}

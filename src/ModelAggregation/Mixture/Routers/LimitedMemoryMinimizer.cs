namespace ModelAggregation.Mixture.Routers;

/// <summary>L-BFGS (Nocedal and Wright 2006, algorithm 7.4) with a bracketing line search for the weak Wolfe conditions (Lewis and Overton 2013).</summary>
internal sealed class LimitedMemoryMinimizer
{
    private const int Memory = 20;
    private const int MostTrials = 60;
    private const double Decrease = 1e-4;
    private const double Curvature = 0.9;

    // What values of the objective differ by through rounding alone, relative to their size.
    private const double ValueNoise = 1e-14;

    private readonly FittingObjective _objective;
    private readonly List<(double[] Step, double[] Change, double Product)> _pairs = [];
    private readonly double[] _direction;
    private double[] _point;
    private double[] _gradient;
    private double _value;

    private LimitedMemoryMinimizer(FittingObjective objective)
    {
        _objective = objective;
        _point = objective.Start;
        _gradient = new double[_point.Length];
        _direction = new double[_point.Length];
        _value = objective.Evaluate(_point, _gradient);
    }

    public static MinimizerResult Minimize(FittingObjective objective, int maxIterations, double tolerance, CancellationToken cancellationToken)
    {
        LimitedMemoryMinimizer minimizer = new(objective);
        int iterations = 0;
        while (iterations < maxIterations && minimizer.Gradient() > tolerance)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!minimizer.Step())
            {
                break;
            }

            iterations++;
        }

        double gradient = minimizer.Gradient();
        return new MinimizerResult(minimizer._point, gradient, iterations, gradient <= tolerance);
    }

    private double Gradient()
    {
        double largest = 0;
        foreach (double value in _gradient)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        return largest;
    }

    // A direction along which rounding leaves nothing to gain is tried once more without what is remembered of earlier steps.
    private bool Step()
    {
        if (Search())
        {
            return true;
        }

        bool remembered = _pairs.Count > 0;
        _pairs.Clear();
        return remembered && Search();
    }

    private bool Search()
    {
        SetDirection();
        double slope = FittingVectors.Dot(_gradient, _direction);
        if (!(slope < 0))
        {
            return false;
        }

        double low = 0;
        double high = double.PositiveInfinity;
        double length = _pairs.Count > 0 ? 1 : Math.Min(1, 1 / Math.Sqrt(-slope));
        double noise = ValueNoise * Math.Max(1, Math.Abs(_value));
        double[] point = new double[_point.Length];
        double[] gradient = new double[_point.Length];
        for (int trial = 0; trial < MostTrials; trial++)
        {
            _point.CopyTo(point, 0);
            FittingVectors.AddScaled(length, _direction, point);

            double value = _objective.Evaluate(point, gradient);
            double own = FittingVectors.Dot(gradient, _direction);

            // Near the minimum values no longer tell a decrease, slopes still do (Hager and Zhang 2005).
            bool decreases = value <= _value + (Decrease * length * slope) || (value <= _value + noise && own <= ((2 * Decrease) - 1) * slope);
            if (!decreases || !double.IsFinite(own))
            {
                high = length;
            }
            else if (own < Curvature * slope)
            {
                low = length;
            }
            else
            {
                Take(point, gradient, value);
                return true;
            }

            length = double.IsFinite(high) ? (low + high) / 2 : 2 * length;
        }

        return false;
    }

    private void Take(double[] point, double[] gradient, double value)
    {
        double[] step = new double[point.Length];
        double[] change = new double[point.Length];
        for (int i = 0; i < step.Length; i++)
        {
            step[i] = point[i] - _point[i];
            change[i] = gradient[i] - _gradient[i];
        }

        // Positive by the Wolfe conditions, but for rounding.
        double product = FittingVectors.Dot(step, change);
        if (product > 0)
        {
            _pairs.Add((step, change, product));
        }

        if (_pairs.Count > Memory)
        {
            _pairs.RemoveAt(0);
        }

        (_point, _gradient, _value) = (point, gradient, value);
    }

    private void SetDirection()
    {
        for (int i = 0; i < _direction.Length; i++)
        {
            _direction[i] = -_gradient[i];
        }

        if (_pairs.Count == 0)
        {
            return;
        }

        double[] factors = new double[_pairs.Count];
        for (int pair = _pairs.Count - 1; pair >= 0; pair--)
        {
            factors[pair] = FittingVectors.Dot(_pairs[pair].Step, _direction) / _pairs[pair].Product;
            FittingVectors.AddScaled(-factors[pair], _pairs[pair].Change, _direction);
        }

        double[] latest = _pairs[^1].Change;
        double scale = _pairs[^1].Product / FittingVectors.Dot(latest, latest);
        for (int i = 0; i < _direction.Length; i++)
        {
            _direction[i] *= scale;
        }

        for (int pair = 0; pair < _pairs.Count; pair++)
        {
            FittingVectors.AddScaled(factors[pair] - (FittingVectors.Dot(_pairs[pair].Change, _direction) / _pairs[pair].Product), _pairs[pair].Step, _direction);
        }
    }
}

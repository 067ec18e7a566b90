namespace DataShapley.Estimators;

/// <summary>
/// Finds the nearest point of a polyhedron: the dual active set method of Goldfarb and Idnani (1983) with the identity as Hessian. It begins at the point itself and takes in the half-space that is missed
/// by most until none is, so that only those that matter are ever worked on; it ends after finitely many steps with the exact set of tight ones.
/// </summary>
/// <param name="halfSpaces">The half-spaces; the first holds with equality.</param>
/// <param name="tolerance">By how much one may be missed.</param>
internal sealed class PolyhedronProjection(IReadOnlyList<HalfSpace> halfSpaces, double tolerance)
{
    // Below this part of its length a normal lies in the span of those of the tight half-spaces, but for rounding.
    private const double Dependent = 1e-9;
    private const double SmallestRatio = 1e-12;

    private readonly List<int> _tight = [];
    private readonly List<double> _multipliers = [];
    private readonly HashSet<int> _unreachable = [];

    public double[] Project(ReadOnlySpan<double> from)
    {
        double[] point = from.ToArray();
        double step = -halfSpaces[0].Slack(point) / halfSpaces[0].SquaredNorm;
        halfSpaces[0].Move(point, step);
        _tight.Clear();
        _multipliers.Clear();
        _unreachable.Clear();
        _tight.Add(0);
        _multipliers.Add(step);

        // The dual objective grows with each half-space that is taken in, so that none comes twice with the same set; the bound is for rounding.
        long most = 100L * (halfSpaces.Count + point.Length);
        for (long i = 0; i < most && Missed(point) is { } missed; i++)
        {
            if (!TakeIn(missed, point))
            {
                _unreachable.Add(missed);
            }
        }

        return point;
    }

    private int? Missed(ReadOnlySpan<double> point)
    {
        int? worst = null;
        double least = 0;
        for (int i = 1; i < halfSpaces.Count; i++)
        {
            double slack = halfSpaces[i].Slack(point);
            if (slack < -tolerance && slack / Math.Sqrt(halfSpaces[i].SquaredNorm) < least && !_unreachable.Contains(i))
            {
                worst = i;
                least = slack / Math.Sqrt(halfSpaces[i].SquaredNorm);
            }
        }

        return worst;
    }

    // Moves towards the half-space within all tight ones, and drops a tight one whenever its multiplier reaches 0 on the way.
    private bool TakeIn(int index, double[] point)
    {
        HalfSpace entering = halfSpaces[index];
        double multiplier = 0;
        while (true)
        {
            double[] products = [.. _tight.Select(tight => halfSpaces[tight].Dot(entering))];
            if (Weights(products) is not { } weights)
            {
                return false;
            }

            double free = entering.SquaredNorm;
            int blocking = -1;
            double dualStep = double.PositiveInfinity;
            for (int i = 0; i < weights.Length; i++)
            {
                free -= products[i] * weights[i];

                // The first is an equality: its multiplier may have any sign and blocks nothing.
                if (i > 0 && weights[i] > SmallestRatio && _multipliers[i] / weights[i] < dualStep)
                {
                    dualStep = _multipliers[i] / weights[i];
                    blocking = i;
                }
            }

            bool canMove = free > Dependent * entering.SquaredNorm;
            double primalStep = canMove ? -entering.Slack(point) / free : double.PositiveInfinity;
            double step = Math.Min(primalStep, dualStep);
            if (double.IsPositiveInfinity(step))
            {
                return false;
            }

            if (canMove)
            {
                entering.Move(point, step);
            }

            for (int i = 0; i < weights.Length; i++)
            {
                _multipliers[i] -= step * weights[i];
                if (canMove)
                {
                    halfSpaces[_tight[i]].Move(point, -step * weights[i]);
                }
            }

            multiplier += step;
            if (primalStep <= dualStep)
            {
                _tight.Add(index);
                _multipliers.Add(multiplier);
                return true;
            }

            _tight.RemoveAt(blocking);
            _multipliers.RemoveAt(blocking);
        }
    }

    private double[]? Weights(double[] products)
    {
        int order = _tight.Count;
        double[] gram = new double[order * order];
        for (int i = 0; i < order; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                gram[(i * order) + j] = halfSpaces[_tight[i]].Dot(halfSpaces[_tight[j]]);
            }
        }

        return CholeskyFactor.TryCreate(gram, order)?.Solve(products);
    }
}

using System.Numerics;
using MathNet.Numerics.Providers.LinearAlgebra;

namespace ModelAggregation.Search.Optimizers;

/// <summary>The normal distribution of CMA-ES: mean, step size, covariance and the two paths. Matrices are stored by columns.</summary>
internal sealed class CmaEsDistribution
{
    private const int DrawsPerCoordinate = 10;
    private const double SmallestVariance = 1e-8;
    private const double LargestStepSize = 1e32;
    private const double SmallestChange = 1e-12;
    private const double LargestSpread = 1e4;
    private const double LargestCondition = 1e14;

    private readonly CmaEsConstants _constants;
    private readonly int _dimensions;
    private readonly double _firstStepSize;
    private readonly double[] _mean;
    private readonly double[] _covariance;
    private readonly double[] _stepPath;
    private readonly double[] _path;
    private readonly double[] _axes;
    private readonly double[] _lengths;
    private readonly Queue<double> _bestValues = [];
    private int _generation;

    public CmaEsDistribution(CmaEsConstants constants, double[] mean, double stepSize)
    {
        _constants = constants;
        _dimensions = constants.Dimensions;
        _mean = [.. mean];
        StepSize = _firstStepSize = stepSize;
        _stepPath = new double[_dimensions];
        _path = new double[_dimensions];
        _covariance = new double[_dimensions * _dimensions];
        _axes = new double[_dimensions * _dimensions];
        _lengths = new double[_dimensions];
        for (int i = 0; i < _dimensions; i++)
        {
            _covariance[(i * _dimensions) + i] = 1;
        }

        Decompose();
    }

    /// <summary>Gets σ.</summary>
    public double StepSize { get; private set; }

    /// <summary>Gets whether further generations would find nothing more.</summary>
    public bool HasConverged => IsFlat() || IsPoint() || StepSize * _lengths.Max() > LargestSpread || Math.Pow(_lengths.Max() / _lengths.Min(), 2) > LargestCondition;

    /// <summary>Draws a point of the box.</summary>
    public double[] Draw(OptimizerDraws draws)
    {
        double[] point = new double[_dimensions];
        for (int attempt = 0; attempt < DrawsPerCoordinate * _dimensions; attempt++)
        {
            Draw(draws, point);
            if (Array.TrueForAll(point, coordinate => coordinate is >= 0 and <= 1))
            {
                return point;
            }
        }

        Draw(draws, point);
        return Array.ConvertAll(point, coordinate => Math.Clamp(coordinate, 0, 1));
    }

    /// <summary>Learns from a generation.</summary>
    public void Update(double[][] points, double?[] values)
    {
        int[] order = [.. Enumerable.Range(0, points.Length).OrderBy(index => values[index] is null).ThenBy(index => values[index])];

        // Without one value there is no better half to move to.
        if (values[order[0]] is not { } best)
        {
            return;
        }

        _generation++;
        Remember(best);
        double[][] steps = [.. order.Select(index => points[index].Zip(_mean, (coordinate, mean) => (coordinate - mean) / StepSize).ToArray())];
        double[] move = Move(steps);
        double[] whitened = Whiten(move);
        double rate = _constants.StepRate;
        Advance(_stepPath, whitened, rate, Math.Sqrt(rate * (2 - rate) * _constants.EffectiveParents));
        for (int i = 0; i < _dimensions; i++)
        {
            _mean[i] += StepSize * move[i];
        }

        double length = Length(_stepPath);
        StepSize = Math.Min(LargestStepSize, StepSize * Math.Exp(rate / _constants.StepDamping * ((length / _constants.ExpectedLength) - 1)));
        double settled = length / Math.Sqrt(1 - Math.Pow(1 - rate, 2 * (_generation + 1)));
        bool isShort = settled < (1.4 + (2.0 / (_dimensions + 1))) * _constants.ExpectedLength;
        double pathRate = _constants.PathRate;
        Advance(_path, move, pathRate, isShort ? Math.Sqrt(pathRate * (2 - pathRate) * _constants.EffectiveParents) : 0);
        Adapt(steps, isShort ? 0 : pathRate * (2 - pathRate));
        Decompose();
    }

    private void Draw(OptimizerDraws draws, double[] point)
    {
        _mean.CopyTo(point, 0);
        for (int axis = 0; axis < _dimensions; axis++)
        {
            double reach = StepSize * _lengths[axis] * draws.NextGaussian();
            for (int i = 0; i < _dimensions; i++)
            {
                point[i] += reach * _axes[(axis * _dimensions) + i];
            }
        }
    }

    private double[] Move(double[][] steps)
    {
        double[] move = new double[_dimensions];
        for (int parent = 0; parent < _constants.ParentCount; parent++)
        {
            for (int i = 0; i < _dimensions; i++)
            {
                move[i] += _constants.Weights[parent] * steps[parent][i];
            }
        }

        return move;
    }

    // C^(-1/2)·vector, of the covariance that the generation was drawn from.
    private double[] Whiten(double[] vector)
    {
        double[] whitened = new double[_dimensions];
        for (int axis = 0; axis < _dimensions; axis++)
        {
            double share = 0;
            for (int i = 0; i < _dimensions; i++)
            {
                share += _axes[(axis * _dimensions) + i] * vector[i];
            }

            for (int i = 0; i < _dimensions; i++)
            {
                whitened[i] += share / _lengths[axis] * _axes[(axis * _dimensions) + i];
            }
        }

        return whitened;
    }

    private static void Advance(double[] path, double[] move, double rate, double gain)
    {
        for (int i = 0; i < path.Length; i++)
        {
            path[i] = ((1 - rate) * path[i]) + (gain * move[i]);
        }
    }

    private void Adapt(double[][] steps, double lost)
    {
        double keep = 1 + (_constants.RankOneRate * lost) - _constants.RankOneRate - (_constants.RankMuRate * _constants.WeightSum);

        // A long step of a bad point would take more away than there is.
        double[] weights = [.. steps.Select((step, rank) => _constants.Weights[rank] is >= 0 and var weight
            ? weight
            : _constants.Weights[rank] * _dimensions / (Math.Pow(Length(Whiten(step)), 2) + 1e-8))];
        for (int column = 0; column < _dimensions; column++)
        {
            for (int row = 0; row < _dimensions; row++)
            {
                double learnt = 0;
                for (int rank = 0; rank < steps.Length; rank++)
                {
                    learnt += weights[rank] * steps[rank][row] * steps[rank][column];
                }

                ref double entry = ref _covariance[(column * _dimensions) + row];
                entry = (keep * entry) + (_constants.RankOneRate * _path[row] * _path[column]) + (_constants.RankMuRate * learnt);
            }
        }
    }

    private void Decompose()
    {
        double[] symmetric = new double[_covariance.Length];
        for (int column = 0; column < _dimensions; column++)
        {
            for (int row = 0; row < _dimensions; row++)
            {
                symmetric[(column * _dimensions) + row] = (_covariance[(column * _dimensions) + row] + _covariance[(row * _dimensions) + column]) / 2;
            }
        }

        symmetric.CopyTo(_covariance, 0);

        // The managed provider by name: the process-global one may be native, with other bits.
        Complex[] variances = new Complex[_dimensions];
        ManagedLinearAlgebraProvider.Instance.EigenDecomp(true, _dimensions, symmetric, _axes, variances, new double[_covariance.Length]);
        for (int axis = 0; axis < _dimensions; axis++)
        {
            // What rounding has made of a variance near zero.
            double variance = variances[axis].Real;
            if (variance <= 0)
            {
                Widen(axis, SmallestVariance - variance);
                variance = SmallestVariance;
            }

            _lengths[axis] = Math.Sqrt(variance);
        }
    }

    private void Widen(int axis, double variance)
    {
        for (int column = 0; column < _dimensions; column++)
        {
            for (int row = 0; row < _dimensions; row++)
            {
                _covariance[(column * _dimensions) + row] += variance * _axes[(axis * _dimensions) + row] * _axes[(axis * _dimensions) + column];
            }
        }
    }

    private void Remember(double best)
    {
        _bestValues.Enqueue(best);
        if (_bestValues.Count > 10 + (int)Math.Ceiling(30.0 * _dimensions / _constants.PopulationSize))
        {
            _bestValues.Dequeue();
        }
    }

    private bool IsFlat() => _bestValues.Count >= 10 + (int)Math.Ceiling(30.0 * _dimensions / _constants.PopulationSize) && _bestValues.Max() - _bestValues.Min() < SmallestChange;

    private bool IsPoint()
    {
        double smallest = SmallestChange * _firstStepSize;
        for (int i = 0; i < _dimensions; i++)
        {
            if (StepSize * Math.Sqrt(_covariance[(i * _dimensions) + i]) >= smallest || StepSize * Math.Abs(_path[i]) >= smallest)
            {
                return false;
            }
        }

        return true;
    }

    private static double Length(double[] vector) => Math.Sqrt(vector.Sum(value => value * value));
}

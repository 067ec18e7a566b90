namespace ModelAggregation.Search.Optimizers;

/// <summary>Tries all points of a grid over the box, its edges included, each once.</summary>
/// <remarks>For one to three coordinates: a grid of ℓ levels has ℓⁿ points. They come in an order that spreads over the box, so that a budget that ends early has seen all parts of it.</remarks>
public sealed class GridOptimizer : Optimizer
{
    private const int Batch = 16;
    private const long MostPoints = 1_000_000;

    private readonly int _levels;

    /// <summary>Creates the optimiser.</summary>
    /// <param name="levels">The number of values of each coordinate, at least 2; 5 by default: 0, ¼, ½, ¾, 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than 2.</exception>
    public GridOptimizer(int levels = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(levels, 2);
        _levels = levels;
    }

    /// <inheritdoc />
    public override string Name => "grid";

    /// <inheritdoc />
    /// <exception cref="ArgumentOutOfRangeException">The grid has more than a million points.</exception>
    public override OptimizerRun Start(int dimensions, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        long count = 1;
        for (int i = 0; i < dimensions; i++)
        {
            count *= _levels;
            if (count > MostPoints)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(dimensions), dimensions, $"A grid of {_levels} levels in {dimensions} coordinates has more than {MostPoints} points: take fewer levels, or another optimiser.");
            }
        }

        return new Run(dimensions, _levels, count);
    }

    private sealed class Run(int dimensions, int levels, long count) : IteratedRun
    {
        protected override IEnumerable<double[][]> Batches()
        {
            // Steps of the golden section visit every point once where they share no divisor with the count, and neighbours in time are far apart.
            long stride = (long)(count * 0.618);
            while (Divisor(stride, count) != 1)
            {
                stride++;
            }

            // From the middle: the first corner has all weights at their lowest, which is often no merge at all.
            long place = count / 2;
            for (long done = 0; done < count; done += Batch)
            {
                double[][] points = new double[Math.Min(Batch, count - done)][];
                for (int i = 0; i < points.Length; i++)
                {
                    points[i] = Point(place);
                    place = (place + stride) % count;
                }

                yield return points;
            }
        }

        private static long Divisor(long first, long second) => second == 0 ? first : Divisor(second, first % second);

        private double[] Point(long place)
        {
            double[] point = new double[dimensions];
            for (int i = 0; i < dimensions; i++)
            {
                point[i] = (double)(place % levels) / (levels - 1);
                place /= levels;
            }

            return point;
        }
    }
}

namespace ModelAggregation.Search.Optimizers;

/// <summary>Random search (Bergstra and Bengio 2012): points uniform in the box, whatever their values. The baseline that another optimiser has to beat.</summary>
public sealed class RandomOptimizer : Optimizer
{
    private const int Batch = 16;

    /// <inheritdoc />
    public override string Name => "random";

    /// <inheritdoc />
    public override OptimizerRun Start(int dimensions, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        return new Run(dimensions, seed);
    }

    private sealed class Run(int dimensions, ulong seed) : IteratedRun
    {
        protected override IEnumerable<double[][]> Batches()
        {
            OptimizerDraws draws = new(seed, "random");
            while (true)
            {
                double[][] points = new double[Batch][];
                for (int i = 0; i < Batch; i++)
                {
                    points[i] = draws.NextPoint(dimensions);
                }

                yield return points;
            }
        }
    }
}

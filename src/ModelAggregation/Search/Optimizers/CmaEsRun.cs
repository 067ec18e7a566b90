namespace ModelAggregation.Search.Optimizers;

/// <summary>A run of <see cref="CmaEsOptimizer"/>: generations of one distribution, and of another after a restart.</summary>
internal sealed class CmaEsRun(int dimensions, ulong seed, CmaEsOptions options) : IteratedRun
{
    private double _stepSize = options.StepSize;

    /// <inheritdoc />
    public override double? StepSize => _stepSize;

    protected override IEnumerable<double[][]> Batches()
    {
        OptimizerDraws draws = new(seed, "cma-es");
        double[] mean = new double[dimensions];
        Array.Fill(mean, 0.5);
        int population = options.PopulationSize ?? CmaEsConstants.DefaultPopulation(dimensions);
        for (int restart = 0; restart <= options.Restarts; restart++)
        {
            CmaEsDistribution distribution = new(CmaEsConstants.Of(dimensions, population), mean, options.StepSize);
            while (!distribution.HasConverged)
            {
                _stepSize = distribution.StepSize;
                double[][] points = new double[population][];
                for (int i = 0; i < population; i++)
                {
                    points[i] = distribution.Draw(draws);
                }

                yield return points;
                distribution.Update(points, Values);
            }

            population = checked(2 * population);
            mean = draws.NextPoint(dimensions);
        }
    }
}

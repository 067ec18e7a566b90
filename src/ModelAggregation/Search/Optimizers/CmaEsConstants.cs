namespace ModelAggregation.Search.Optimizers;

/// <summary>The constants of CMA-ES for a number of coordinates n and a population λ. Immutable.</summary>
public sealed class CmaEsConstants
{
    private CmaEsConstants(int dimensions, int population)
    {
        double n = dimensions;
        Dimensions = dimensions;
        PopulationSize = population;
        ParentCount = population / 2;
        double[] raw = [.. Enumerable.Range(0, population).Select(i => Math.Log((population + 1) / 2.0) - Math.Log(i + 1))];
        EffectiveParents = Effective(raw.AsSpan(0, ParentCount));
        double effectiveRest = Effective(raw.AsSpan(ParentCount));
        RankOneRate = 2 / (((n + 1.3) * (n + 1.3)) + EffectiveParents);
        RankMuRate = Math.Min(1 - RankOneRate - 1e-8, 2 * (EffectiveParents - 2 + (1 / EffectiveParents)) / (((n + 2) * (n + 2)) + EffectiveParents));
        StepRate = (EffectiveParents + 2) / (n + EffectiveParents + 5);
        StepDamping = 1 + (2 * Math.Max(0, Math.Sqrt((EffectiveParents - 1) / (n + 1)) - 1)) + StepRate;
        PathRate = (4 + (EffectiveParents / n)) / (n + 4 + (2 * EffectiveParents / n));
        ExpectedLength = Math.Sqrt(n) * (1 - (1 / (4 * n)) + (1 / (21 * n * n)));

        // The covariance stays positive definite under the negative weights. Of a single parent the rate is zero, which bounds nothing.
        double negative = Math.Min(
            1 + (2 * effectiveRest / (EffectiveParents + 2)),
            RankMuRate > 0 ? Math.Min(1 + (RankOneRate / RankMuRate), (1 - RankOneRate - RankMuRate) / (n * RankMuRate)) : double.PositiveInfinity);
        double positiveSum = raw.Where(weight => weight >= 0).Sum();
        double negativeSum = -raw.Where(weight => weight < 0).Sum();
        Weights = [.. raw.Select(weight => weight >= 0 ? weight / positiveSum : negative * weight / negativeSum)];
        WeightSum = Weights.Sum();
    }

    /// <summary>Gets the number of coordinates, n.</summary>
    public int Dimensions { get; }

    /// <summary>Gets the number of points of a generation, λ.</summary>
    public int PopulationSize { get; }

    /// <summary>Gets the number of points that the mean moves to, μ = ⌊λ/2⌋.</summary>
    public int ParentCount { get; }

    /// <summary>Gets the number of equal parents that would have the same variance, μ<sub>eff</sub>.</summary>
    public double EffectiveParents { get; }

    /// <summary>Gets the rate at which the covariance learns from the path, c₁.</summary>
    public double RankOneRate { get; }

    /// <summary>Gets the rate at which the covariance learns from a generation, c<sub>μ</sub>.</summary>
    public double RankMuRate { get; }

    /// <summary>Gets the rate of the path that decides the step size, c<sub>σ</sub>.</summary>
    public double StepRate { get; }

    /// <summary>Gets the damping of the step size, d<sub>σ</sub>.</summary>
    public double StepDamping { get; }

    /// <summary>Gets the rate of the covariance's path, c<sub>c</sub>.</summary>
    public double PathRate { get; }

    /// <summary>Gets the expected length of a standard normal vector, χ<sub>n</sub>, by its series.</summary>
    public double ExpectedLength { get; }

    /// <summary>Gets the weights of a generation's points from best to worst: those of the parents add up to 1, the others are negative.</summary>
    public IReadOnlyList<double> Weights { get; }

    /// <summary>Gets the sum of the weights.</summary>
    public double WeightSum { get; }

    /// <summary>Computes the constants.</summary>
    /// <param name="dimensions">The number of coordinates, at least 1.</param>
    /// <param name="population">The number of points of a generation, at least 2.</param>
    public static CmaEsConstants Of(int dimensions, int population)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(population, 2);
        return new CmaEsConstants(dimensions, population);
    }

    /// <summary>Returns the population that Model-GLUE takes: <c>round(4 + 3·ln n)</c>, where others take the integer below.</summary>
    /// <param name="dimensions">The number of coordinates, at least 1.</param>
    public static int DefaultPopulation(int dimensions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        return (int)Math.Round(4 + (3 * Math.Log(dimensions)));
    }

    private static double Effective(ReadOnlySpan<double> weights)
    {
        double sum = 0;
        double squares = 0;
        foreach (double weight in weights)
        {
            sum += weight;
            squares += weight * weight;
        }

        return sum * sum / squares;
    }
}

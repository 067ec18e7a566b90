namespace ModelAggregation.Search.Optimizers;

/// <summary>The settings of a <see cref="CmaEsOptimizer"/>; the defaults are Model-GLUE's.</summary>
public sealed record CmaEsOptions
{
    /// <summary>Gets the number of points of a generation, λ.</summary>
    /// <value>At least 2. Null by default: <c>round(4 + 3·ln n)</c> of n coordinates.</value>
    public int? PopulationSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 2, 2, nameof(value));
            field = value;
        }
    }

    /// <summary>Gets the standard deviation of the first generation around the middle of the box, σ₀.</summary>
    /// <value>In (0, 1]; 1/6 by default.</value>
    public double StepSize
    {
        get;
        init
        {
            if (!(value is > 0 and <= 1))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "The first step is in (0, 1].");
            }

            field = value;
        }
    } = 1.0 / 6;

    /// <summary>Gets how often a run that has converged begins anew at a random point, with twice the population (IPOP, Auger and Hansen 2005).</summary>
    /// <value>Not negative; 0 by default.</value>
    public int Restarts
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }
}

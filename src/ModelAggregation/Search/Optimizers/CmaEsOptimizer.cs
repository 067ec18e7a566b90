namespace ModelAggregation.Search.Optimizers;

/// <summary>The covariance matrix adaptation evolution strategy, with active update (Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv 1604.00772), as Model-GLUE's evolutionary search uses it.</summary>
/// <remarks>
/// <para>A generation's points are drawn from a normal distribution, those outside the box once more, up to ten times for each coordinate; one that still is outside is moved to the edge. The
/// distribution then moves and stretches towards the better half. Failed points rank last; a generation without one value changes nothing.</para>
/// <para>A run ends where the distribution has become a point (σ·√C and σ·|p<sub>c</sub>| below 10⁻¹²·σ₀) or flat (condition above 10¹⁴), has grown beyond 10⁴, or where the best values
/// of 10 + ⌈30·n/λ⌉ generations lie within 10⁻¹². Unlike the package that Model-GLUE uses, all points are the strategy's, also the first and also with one coordinate.</para>
/// </remarks>
/// <param name="options">The settings; the defaults when null.</param>
public sealed class CmaEsOptimizer(CmaEsOptions? options = null) : Optimizer
{
    private readonly CmaEsOptions _options = options ?? new CmaEsOptions();

    /// <inheritdoc />
    public override string Name => "cma-es";

    /// <inheritdoc />
    public override OptimizerRun Start(int dimensions, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        return new CmaEsRun(dimensions, seed, _options);
    }
}

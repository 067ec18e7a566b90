namespace LoraFederation.Aggregators.Peft;

/// <summary>PEFT's <c>dare_ties</c>: drops random entries of each factor, rescales the rest, elects a sign for each element, and takes the mean of what agrees.</summary>
/// <remarks>
/// Yu et al. 2024 (arXiv 2311.03099), section 3, with the election of Yadav et al. 2023 (arXiv 2306.01708), on factors. An element's draw depends on seed,
/// module, factor, client and index alone.
/// </remarks>
public sealed class PeftDareTiesAggregator : PeftFactorAggregator
{
    /// <inheritdoc />
    public override string Name => "peft_dare_ties";

    /// <summary>Gets the share of the elements that is kept.</summary>
    /// <value>In (0, 1]; 0.5 by default. Draws have 16 bits: it is rounded to a multiple of 2⁻¹⁶, by which what is kept is divided.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in (0, 1].</exception>
    public double Density
    {
        get;
        init => field = TaskVectorRule.CheckDensity(value);
    } = 0.5;

    /// <summary>Gets what elects signs.</summary>
    /// <value><see cref="MajoritySign.Total"/> by default.</value>
    public MajoritySign MajoritySign { get; init; }

    private protected override TaskVectorRule Rule => new(TaskVectorSparsity.Random, Density, MajoritySign);

    private protected override string ForUnequalRanks => "peft_dare_ties_svd";
}

namespace LoraFederation.Aggregators.Peft;

/// <summary>PEFT's <c>dare_linear_svd</c>: drops random entries of each product, rescales the rest, and adds up; then decomposes.</summary>
/// <remarks>
/// Yu et al. 2024, "Language Models are Super Mario: Absorbing Abilities from Homologous Models as a Free Lunch" (arXiv 2311.03099), section 3, on products.
/// An element's draw depends on seed, module, client and index alone.
/// </remarks>
public sealed class PeftDareLinearSvdAggregator : PeftProductAggregator
{
    /// <inheritdoc />
    public override string Name => "peft_dare_linear_svd";

    /// <summary>Gets the share of the elements that is kept.</summary>
    /// <value>In (0, 1]; 0.5 by default. Draws have 16 bits: it is rounded to a multiple of 2⁻¹⁶, by which what is kept is divided.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in (0, 1].</exception>
    public double Density
    {
        get;
        init => field = TaskVectorRule.CheckDensity(value);
    } = 0.5;

    private protected override TaskVectorRule Rule => new(TaskVectorSparsity.Random, Density);
}

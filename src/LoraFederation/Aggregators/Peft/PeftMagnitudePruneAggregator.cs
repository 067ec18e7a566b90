namespace LoraFederation.Aggregators.Peft;

/// <summary>PEFT's <c>magnitude_prune</c>: trims each factor to its largest entries and adds up.</summary>
public sealed class PeftMagnitudePruneAggregator : PeftFactorAggregator
{
    /// <inheritdoc />
    public override string Name => "peft_magnitude_prune";

    /// <summary>Gets the share of the elements that is kept.</summary>
    /// <value>In (0, 1]; 0.5 by default. Of equal magnitudes the first are kept; <c>floor(density · count)</c> may be none.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in (0, 1].</exception>
    public double Density
    {
        get;
        init => field = TaskVectorRule.CheckDensity(value);
    } = 0.5;

    private protected override TaskVectorRule Rule => new(TaskVectorSparsity.Largest, Density);

    private protected override string ForUnequalRanks => "peft_magnitude_prune_svd";
}

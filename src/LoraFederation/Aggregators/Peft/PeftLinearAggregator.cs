namespace LoraFederation.Aggregators.Peft;

/// <summary>PEFT's <c>linear</c>: <c>(Σ √|w_k s_k| B_k) · (Σ sign(w_k s_k) √|w_k s_k| A_k)</c>. With one client it is that client's product; with several, cross terms come in.</summary>
public sealed class PeftLinearAggregator : PeftFactorAggregator
{
    /// <inheritdoc />
    public override string Name => "peft_linear";

    /// <inheritdoc />
    public override bool IsLinear => true;

    private protected override TaskVectorRule Rule => new(TaskVectorSparsity.None);

    private protected override string ForUnequalRanks => "peft_cat";
}

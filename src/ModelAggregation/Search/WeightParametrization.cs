namespace ModelAggregation.Search;

/// <summary>What becomes of the numbers that a search draws for the weights of models.</summary>
public enum WeightParametrization
{
    /// <summary>They are divided by their sum. Where that is zero there is nothing to divide by: they are left as they are, and a method that cannot merge with them refuses the candidate.</summary>
    Normalized,

    /// <summary>They are the weights.</summary>
    Raw,

    /// <summary>They are logits: <c>wᵢ = exp(xᵢ) / Σ exp(xⱼ)</c>, so that weights are positive and add up to 1. The range bounds the logits; (−4, 4) is a sensible one.</summary>
    Softmax,
}

namespace ModelAggregation.Mixture;

/// <summary>What the states of a prompt's tokens are pooled to, for a router that decides for whole sequences. Padding takes no part.</summary>
public enum RouterPooling
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The state of the last token.</summary>
    Last,

    /// <summary>The state of the first token; in a causal model it is the same for every prompt that begins with the same token, so that all sequences go to the same experts.</summary>
    First,
}

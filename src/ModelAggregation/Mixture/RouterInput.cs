namespace ModelAggregation.Mixture;

/// <summary>What a router decides for.</summary>
public enum RouterInput
{
    /// <summary>Each token by itself; of mixtures of feed-forward blocks only.</summary>
    Token,

    /// <summary>Each sequence as a whole, by what its prompt's tokens are pooled to: once, and also for what is generated after it.</summary>
    Sample,
}

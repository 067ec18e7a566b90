namespace ModelAggregation.Evaluation;

/// <summary>What ended a continuation.</summary>
public enum GenerationEnd
{
    /// <summary>The model's end token, or one of the texts to stop at.</summary>
    Stopped,

    /// <summary>The most tokens that were asked for, or that the model's context has room for.</summary>
    Length,
}

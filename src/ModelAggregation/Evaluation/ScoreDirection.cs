namespace ModelAggregation.Evaluation;

/// <summary>Which of two scores of a task is the better one.</summary>
public enum ScoreDirection
{
    /// <summary>The higher one, as of an accuracy.</summary>
    HigherIsBetter,

    /// <summary>The lower one, as of a loss or a perplexity.</summary>
    LowerIsBetter,
}

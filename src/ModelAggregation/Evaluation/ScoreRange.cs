namespace ModelAggregation.Evaluation;

/// <summary>The scores that a task can give.</summary>
/// <param name="Lowest">The lowest; −∞ where there is none.</param>
/// <param name="Highest">The highest; +∞ where there is none.</param>
public readonly record struct ScoreRange(double Lowest, double Highest)
{
    /// <summary>Gets the range of shares: 0 to 1.</summary>
    public static ScoreRange Unit { get; } = new(0, 1);

    /// <summary>Gets the range of losses and perplexities: 0 and more.</summary>
    public static ScoreRange NotNegative { get; } = new(0, double.PositiveInfinity);

    /// <summary>Gets the range of everything finite.</summary>
    public static ScoreRange Finite { get; } = new(double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>Says whether a score is finite, and inside or on an end.</summary>
    /// <param name="score">The score.</param>
    public bool Contains(double score) => double.IsFinite(score) && score >= Lowest && score <= Highest;
}

namespace LoraFederation.Rounds;

/// <summary>What a trainer tells while it trains.</summary>
/// <param name="Message">The words, such as <c>step 40, loss 2.31</c>.</param>
/// <param name="Fraction">The part that is done, from 0 to 1, where it is known.</param>
public sealed record TrainingProgress(string Message, double? Fraction = null);

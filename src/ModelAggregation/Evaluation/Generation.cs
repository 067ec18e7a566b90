namespace ModelAggregation.Evaluation;

/// <summary>What a model said.</summary>
/// <param name="Text">The continuation, without the prompt and what ended it.</param>
/// <param name="End">What ended it.</param>
public sealed record Generation(string Text, GenerationEnd End);

namespace ModelAggregation.Search;

/// <summary>How far a search is.</summary>
/// <param name="Model">The model that is tried, or of a <see cref="ParameterSearch"/> the optimiser's name.</param>
/// <param name="RoundsDone">The number of models done, by themselves and as candidates; of a <see cref="ParameterSearch"/> the number of its candidates done.</param>
/// <param name="RoundCount">The number of them to do.</param>
/// <param name="Evaluated">The number of merges evaluated by this run.</param>
/// <param name="Merit">The best merit so far; null before there is one.</param>
public readonly record struct SearchProgress(string Model, int RoundsDone, int RoundCount, int Evaluated, double? Merit);

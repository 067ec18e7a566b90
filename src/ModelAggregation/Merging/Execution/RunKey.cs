namespace ModelAggregation.Merging.Execution;

/// <summary>What tells a run of a plan from one of other inputs.</summary>
/// <param name="Text">16 hexadecimal digits.</param>
/// <param name="IdentifiesInputs">False when some input is in memory: another run of the same key may have other weights, and nothing of it is to be used.</param>
internal readonly record struct RunKey(string Text, bool IdentifiesInputs);

namespace DataShapley.Games;

/// <summary>What came of an evaluation.</summary>
/// <param name="Value">The value, what stands in for it, or NaN where it is left out.</param>
/// <param name="IsGenuine">Whether the utility computed it: only then is it remembered.</param>
internal readonly record struct UtilityValue(double Value, bool IsGenuine);

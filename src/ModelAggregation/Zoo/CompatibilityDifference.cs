namespace ModelAggregation.Zoo;

/// <summary>Something in which two models differ.</summary>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Subject">The key of the configuration, or the tensor's name.</param>
/// <param name="First">What the first has; null for nothing.</param>
/// <param name="Second">What the second has; null for nothing.</param>
/// <param name="IsBlocking">Whether the two cannot be merged because of it; else it is something to know of.</param>
public sealed record CompatibilityDifference(CompatibilityKind Kind, string Subject, string? First, string? Second, bool IsBlocking)
{
    /// <summary>Writes the difference in one line.</summary>
    public override string ToString() => $"{(IsBlocking ? "blocking" : "note")}: {Subject} is {First ?? "absent"} in the first and {Second ?? "absent"} in the second";
}

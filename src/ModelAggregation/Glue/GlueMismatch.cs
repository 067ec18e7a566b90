namespace ModelAggregation.Glue;

/// <summary>Something that a verification found other than it is recorded.</summary>
/// <param name="Subject">The file, or the model and the set of its scores.</param>
/// <param name="Recorded">What is recorded.</param>
/// <param name="Found">What was found.</param>
public sealed record GlueMismatch(string Subject, string Recorded, string Found)
{
    /// <summary>Writes the mismatch in one line.</summary>
    public override string ToString() => $"{Subject}: recorded is {Recorded}, found {Found}";
}

namespace ModelAggregation.Glue.Execution;

/// <summary>A family that was searched and merged.</summary>
/// <param name="File">What its search found.</param>
/// <param name="Searched">A hash of all that decided what its search found: its models, the methods, and what scored.</param>
/// <param name="Folder">The full path of the folder of its best model.</param>
/// <param name="Content">What tells that folder's content from others.</param>
/// <param name="IsWritten">Whether the run has written it; else it is a model of the zoo.</param>
internal sealed record FamilyOutcome(FamilyFile File, string Searched, string Folder, string Content, bool IsWritten)
{
    /// <summary>Gets the folder of merged models, relative to the output.</summary>
    public const string MergedFolder = "merged";

    public string Relative => $"{MergedFolder}/{File.Family}";
}

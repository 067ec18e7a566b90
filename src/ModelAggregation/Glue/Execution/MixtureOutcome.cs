namespace ModelAggregation.Glue.Execution;

/// <summary>A mixture, made or not.</summary>
/// <param name="File">What is kept of it.</param>
/// <param name="Content">What tells its folder's content from others.</param>
internal sealed record MixtureOutcome(MixtureFile File, string Content)
{
    /// <summary>Gets whether it was made.</summary>
    public bool IsMade => File.Folder is not null;
}

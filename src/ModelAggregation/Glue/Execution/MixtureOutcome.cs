namespace ModelAggregation.Glue.Execution;

/// <summary>A mixture that was made.</summary>
/// <param name="Name">The name.</param>
/// <param name="Family">The family, or null for a mixture of families.</param>
/// <param name="Relative">The folder, relative to the output.</param>
/// <param name="Content">What tells the folder's content from others.</param>
internal sealed record MixtureOutcome(string Name, string? Family, string Relative, string Content);

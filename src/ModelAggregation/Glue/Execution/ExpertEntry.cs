namespace ModelAggregation.Glue.Execution;

/// <summary>An expert in a file.</summary>
/// <param name="Name">The name.</param>
/// <param name="Tasks">The tasks whose prompts are labelled with it: those that it does best.</param>
internal sealed record ExpertEntry(string Name, string[] Tasks);

namespace ModelAggregation.Glue.Execution;

/// <summary>A stage that is complete, in the manifest.</summary>
/// <param name="Name">The name, such as <c>merge a-base</c>.</param>
/// <param name="Inputs">A hash of all that decides the outputs.</param>
/// <param name="Outputs">What it has written.</param>
internal sealed record StageRecord(string Name, string Inputs, FileRecord[] Outputs);

namespace ModelAggregation.Glue.Execution;

/// <summary>A model of the zoo in the manifest.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Licence">The licence that its card names, or null.</param>
/// <param name="Files">Its files: tensors, configuration, tokenizer, card.</param>
internal sealed record InputRecord(string Model, string? Licence, FileRecord[] Files);

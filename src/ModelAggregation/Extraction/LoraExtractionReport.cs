namespace ModelAggregation.Extraction;

/// <summary>What an extraction found.</summary>
public sealed record LoraExtractionReport
{
    /// <summary>Gets the adapter's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Gets the modules whose weights differ, in the base model's order.</summary>
    public required IReadOnlyList<ExtractedModule> Modules { get; init; }

    /// <summary>Gets the names of the tensors that are saved whole.</summary>
    public required IReadOnlyList<string> WholeTensors { get; init; }

    /// <summary>Gets the names of changed tensors that the adapter lacks, by <see cref="OtherTensors.Skip"/> or by the filters.</summary>
    public required IReadOnlyList<string> SkippedTensors { get; init; }

    /// <summary>Gets the number of tensors that are the same in both models.</summary>
    public required int UnchangedCount { get; init; }
}

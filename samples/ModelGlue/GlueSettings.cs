namespace ModelGlue;

/// <summary>What the sample runs on, and where its output goes.</summary>
internal sealed record GlueSettings
{
    /// <summary>Gets the folder of the models; those whose names end in "-base" are what the others were trained from.</summary>
    public required string Models { get; init; }

    /// <summary>Gets the folder of the evaluation sets, a file of JSON lines for each task.</summary>
    public required string Evaluation { get; init; }

    /// <summary>Gets the folder of the report, the journals and the similarities.</summary>
    public required string Work { get; init; }

    /// <summary>Gets the folder for the model that was chosen, or null to write none.</summary>
    public string? Output { get; init; }

    /// <summary>Gets the seed by which examples are dealt out to selection and report.</summary>
    public ulong Seed { get; init; }

    /// <summary>Gets whether fewer coefficients are tried.</summary>
    public bool IsQuick { get; init; }

    /// <summary>Gets the number of threads.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

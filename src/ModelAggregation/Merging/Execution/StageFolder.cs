using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Execution;

/// <summary>The folder of a stage's output, with a record of what made it, by which a later run tells whether it can be used again.</summary>
internal sealed class StageFolder(string path, string planHash, RunKey key)
{
    public const string RecordName = "merge_stage.txt";

    // The plan stands for recipe, versions and headers; the key besides for the times of all input files.
    private readonly string _record = $"plan {planHash}\nrun {key.Text}\n";

    public string Path => path;

    /// <summary>Gets what tells the stage's run from one of other inputs.</summary>
    public RunKey Key => key;

    /// <summary>Gets whether a stage made what is there, so that another output of it may take its place.</summary>
    public bool IsStage => File.Exists(RecordPath);

    /// <summary>Gets whether the output is there and is what the stage would make, which nobody knows of inputs in memory.</summary>
    public bool IsComplete => key.IdentifiesInputs && IsStage && string.Equals(File.ReadAllText(RecordPath), _record, StringComparison.Ordinal);

    private string RecordPath => System.IO.Path.Combine(path, RecordName);

    /// <summary>Writes the record into an output that is being written: it appears together with the output.</summary>
    public void WriteRecord(StagedCheckpoint output) => output.WriteText(RecordName, _record);
}

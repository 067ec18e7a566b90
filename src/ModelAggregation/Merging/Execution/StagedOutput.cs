using ModelAggregation.Merging.Planning;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Execution;

/// <summary>Output to a folder.</summary>
internal sealed class StagedOutput(StagedCheckpoint checkpoint) : IMergeOutput
{
    public bool IsComplete(string tensorName, out string? note)
    {
        note = checkpoint.Note(tensorName);
        return checkpoint.IsComplete(tensorName);
    }

    public TensorSink GetSink(PlannedTensor tensor) => checkpoint.GetSink(tensor.Name);

    public void Complete(PlannedTensor tensor, string? note) => checkpoint.Complete(tensor.Name, note);
}

using ModelAggregation.Merging.Planning;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Execution;

/// <summary>Output to memory.</summary>
internal sealed class MemoryOutput(MergedModel model) : IMergeOutput
{
    public bool IsComplete(string tensorName, out string? note)
    {
        note = null;
        return false;
    }

    public TensorSink GetSink(PlannedTensor tensor) => model.Allocate(tensor.Output).Sink;

    public void Complete(PlannedTensor tensor, string? note)
    {
    }
}

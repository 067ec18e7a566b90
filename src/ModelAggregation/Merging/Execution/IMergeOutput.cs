using ModelAggregation.Merging.Planning;
using ModelTensors;

namespace ModelAggregation.Merging.Execution;

/// <summary>Where the engine puts tensors: a staged checkpoint, or memory.</summary>
internal interface IMergeOutput
{
    /// <summary>Tells whether an interrupted run has completed a tensor, and what it noted.</summary>
    bool IsComplete(string tensorName, out string? note);

    TensorSink GetSink(PlannedTensor tensor);

    void Complete(PlannedTensor tensor, string? note);
}

namespace ModelAggregation.Merging;

/// <summary>How far a merge is.</summary>
/// <param name="Tensor">The tensor being merged, or the last one.</param>
/// <param name="TensorsDone">The number of tensors complete, those of an interrupted run included.</param>
/// <param name="TensorCount">The number of tensors of the output.</param>
/// <param name="BytesRead">The bytes of inputs that passes of this run have gone through.</param>
/// <param name="BytesToRead">The bytes of inputs that this run goes through at most.</param>
/// <param name="BytesPerSecond">The rate since the start of this run.</param>
public readonly record struct MergeProgress(
    string Tensor, int TensorsDone, int TensorCount, long BytesRead, long BytesToRead, double BytesPerSecond)
{
    /// <summary>Gets the name of the stage being merged; null outside pipelines and for the final stage without a name.</summary>
    public string? Stage { get; init; }

    /// <summary>Gets the stage's number, the first being 1; 0 outside pipelines.</summary>
    public int StageNumber { get; init; }

    /// <summary>Gets the number of stages; 0 outside pipelines. What is complete already counts as a stage.</summary>
    public int StageCount { get; init; }

    /// <summary>Gets the time left at the rate so far; zero before there is a rate.</summary>
    public TimeSpan Remaining =>
        BytesPerSecond > 0 ? TimeSpan.FromSeconds(Math.Max(0, BytesToRead - BytesRead) / BytesPerSecond) : TimeSpan.Zero;
}

using ModelTensors;

namespace ModelAggregation.Merging;

/// <summary>A merge stopped because of its data. Nothing has been written under the output's final name.</summary>
public sealed class MergeDataException : ModelDataException
{
    internal MergeDataException(MergeDataError error, string message, string? file = null, string? tensorName = null, string? model = null, long count = 0)
        : base(message, file, tensorName)
    {
        Error = error;
        Model = model;
        Count = count;
    }

    /// <summary>Gets what is wrong.</summary>
    public MergeDataError Error { get; }

    /// <summary>Gets the model at fault, if the error is about one.</summary>
    public string? Model { get; }

    /// <summary>Gets the number of elements at fault, if they were counted.</summary>
    public long Count { get; }
}

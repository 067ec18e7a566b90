using ModelTensors;

namespace ModelAggregation.Zoo;

/// <summary>The error of models that cannot be compared.</summary>
public sealed class ZooException : ModelDataException
{
    internal ZooException(ZooError error, string message, string? model = null, string? tensorName = null, string? file = null, Exception? innerException = null)
        : base(message, file, tensorName, innerException)
    {
        Error = error;
        Model = model;
    }

    /// <summary>Gets what is wrong.</summary>
    public ZooError Error { get; }

    /// <summary>Gets the model at fault, if the error is about one.</summary>
    public string? Model { get; }
}

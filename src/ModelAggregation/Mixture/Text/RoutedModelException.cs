using ModelTensors;

namespace ModelAggregation.Mixture.Text;

/// <summary>The error of a routed model that cannot be saved or opened.</summary>
public sealed class RoutedModelException : ModelDataException
{
    internal RoutedModelException(RoutedModelError error, string message, string? file, string? model = null, Exception? innerException = null)
        : base(message, file, innerException: innerException)
    {
        Error = error;
        Model = model;
    }

    /// <summary>Gets what is wrong.</summary>
    public RoutedModelError Error { get; }

    /// <summary>Gets the name of the model at fault, if the error is about one.</summary>
    public string? Model { get; }
}

using ModelTensors;

namespace ModelAggregation.Mixture;

/// <summary>A tensor that goes into a mixture.</summary>
public sealed class MixtureInput
{
    internal MixtureInput(string model, int? expert, string tensorName, TensorSource source)
    {
        Model = model;
        Expert = expert;
        TensorName = tensorName;
        Source = source;
    }

    /// <summary>Gets the reference of the model that it is of.</summary>
    public string Model { get; }

    /// <summary>Gets the number of the expert, or null for the dense model.</summary>
    public int? Expert { get; }

    /// <summary>Gets its name in that model.</summary>
    public string TensorName { get; }

    /// <summary>Gets the elements, with noise and scale.</summary>
    internal TensorSource Source { get; }
}

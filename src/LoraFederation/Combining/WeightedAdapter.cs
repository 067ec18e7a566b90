using ModelTensors.Adapters;

namespace LoraFederation.Combining;

/// <summary>An adapter that goes into a combination.</summary>
public sealed record WeightedAdapter
{
    /// <summary>Creates the pair.</summary>
    /// <param name="adapter">The adapter; it stays the caller's.</param>
    /// <param name="weight">How much it counts: finite, of any sign. Weights need not sum to one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight is NaN or infinite.</exception>
    public WeightedAdapter(LoraAdapter adapter, double weight)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        Adapter = adapter;
        Weight = double.IsFinite(weight) ? weight : throw new ArgumentOutOfRangeException(nameof(weight), weight, "A weight is finite.");
    }

    /// <summary>Gets the adapter.</summary>
    public LoraAdapter Adapter { get; }

    /// <summary>Gets how much the adapter counts.</summary>
    public double Weight { get; }

    /// <summary>Gets the adapter's name, in errors and for its random draws: no two of a combination share one.</summary>
    /// <value>Null by default: its place among the adapters, as in <c>adapter 1</c>.</value>
    public string? Name { get; init; }
}

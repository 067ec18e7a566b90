using System.Globalization;

namespace ModelAggregation.Merging.Planning;

/// <summary>A tensor of a layer, its name taken apart at the layer's number.</summary>
internal readonly record struct LayerTensor(string Name, string Prefix, string Suffix)
{
    /// <summary>Returns the tensor's name in another layer.</summary>
    public string NameIn(int layer) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{layer}{Suffix}");
}

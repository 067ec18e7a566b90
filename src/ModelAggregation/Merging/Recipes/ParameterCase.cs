namespace ModelAggregation.Merging.Recipes;

/// <summary>A setting for the tensors whose name contains a filter.</summary>
/// <param name="Filter">A part of the tensor's name; null or <c>*</c> fits every tensor.</param>
/// <param name="Value">The setting, which may be a gradient.</param>
public sealed record ParameterCase(string? Filter, ParameterValue Value)
{
    /// <summary>Gets whether the setting is for every tensor.</summary>
    public bool FitsAll => Filter is null or "*";

    /// <summary>Returns whether the setting is for a tensor.</summary>
    /// <param name="tensorName">The tensor's name; case matters.</param>
    public bool Fits(string tensorName)
    {
        ArgumentNullException.ThrowIfNull(tensorName);
        return FitsAll || tensorName.Contains(Filter!, StringComparison.Ordinal);
    }

    /// <summary>Writes the setting, such as <c>mlp: 0.5</c>.</summary>
    public override string ToString() => $"{Filter ?? "*"}: {Value}";
}

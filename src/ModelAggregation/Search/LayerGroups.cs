using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Zoo;

namespace ModelAggregation.Search;

/// <summary>Divides the layers of a model into groups of neighbours, and makes settings with a value for each group.</summary>
internal sealed class LayerGroups
{
    private readonly (string Filter, int Group)[] _filters;
    private readonly int _groups;

    private LayerGroups((string Filter, int Group)[] filters, int groups)
    {
        _filters = filters;
        _groups = groups;
    }

    /// <summary>Divides the layers of a model.</summary>
    /// <exception cref="SearchException">There are more groups than layers.</exception>
    public static LayerGroups Of(ZooModel model, int groups)
    {
        LayerNaming naming = LayerNaming.Of([.. model.Tensors.Select(tensor => tensor.Name)], model.Config?.LayerCount);
        if (groups > naming.LayerCount)
        {
            throw new SearchException(SearchError.TooFewLayers, $"'{model.Name}' has {naming.LayerCount} layers, which cannot be divided into {groups} groups: take fewer.");
        }

        // Layer l of L is in group ⌊l·g/L⌋: the sizes differ by one at most, whether g divides L or not. The dot behind the number keeps layer 1 apart from layer 10.
        return new LayerGroups(
            [
                .. Enumerable.Range(0, naming.LayerCount).SelectMany(layer => naming.Layer(layer)
                    .Select(tensor => tensor.Prefix)
                    .Distinct(StringComparer.Ordinal)
                    .Select(prefix => (FormattableString.Invariant($"{prefix}{layer}."), (int)((long)layer * groups / naming.LayerCount)))),
            ],
            groups);
    }

    /// <summary>Makes a setting of one value for each group, and of the last for what is outside of the layers.</summary>
    public ParameterValue ToSetting(IReadOnlyList<double> values) => ParameterValue.Filtered(
        [.. _filters.Select(item => new ParameterCase(item.Filter, values[item.Group])), new ParameterCase(null, values[_groups])]);
}

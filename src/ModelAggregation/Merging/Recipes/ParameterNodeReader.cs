using YamlDotNet.RepresentationModel;

namespace ModelAggregation.Merging.Recipes;

/// <summary>Reads nodes of documents in which merge methods have parameters.</summary>
/// <param name="file">The name to give in errors, or null.</param>
internal abstract class ParameterNodeReader(string? file) : YamlNodeReader(file)
{
    /// <summary>Reads the parameters of a scope.</summary>
    protected ParameterSet Parameters(YamlMap parent)
    {
        if (parent.Find("parameters") is not { } node)
        {
            return ParameterSet.Empty;
        }

        List<KeyValuePair<string, ParameterValue>> parameters = [];
        foreach ((YamlNode key, string name, YamlNode value) in Map(node, "'parameters'", allowed: null).Entries)
        {
            parameters.Add(KeyValuePair.Create(name, YamlText.IsNull(value) ? throw Error(key, $"Parameter '{name}' has no value.") : Parameter(value, name)));
        }

        return new ParameterSet(parameters);
    }

    private ParameterValue Parameter(YamlNode node, string name)
    {
        if (node is not YamlSequenceNode)
        {
            return ParameterValue.FromScalar(Scalar(node, name));
        }

        List<YamlNode> items = Items(node, name);
        if (items.Count == 0)
        {
            throw Error(node, $"Parameter '{name}' has an empty list; a gradient needs at least one value.");
        }

        return items[0] is YamlMappingNode
            ? new FilteredParameter([.. items.Select(item => Case(item, name))])
            : new GradientParameter([.. items.Select(item => Scalar(item, name))]);
    }

    private ParameterCase Case(YamlNode node, string name)
    {
        string what = $"A setting of parameter '{name}'";
        YamlMap map = Map(node, what, ["filter", "value"]);
        YamlNode value = Required(map, "value", what);
        if (value is YamlSequenceNode list && list.Children.Any(child => child is YamlMappingNode))
        {
            throw Error(value, $"{what} has settings inside; only a value or a gradient is allowed.");
        }

        return new ParameterCase(map.Find("filter") is { } filter ? Text(filter, "filter") : null, Parameter(value, name));
    }

    private ParameterScalar Scalar(YamlNode node, string name)
    {
        if (node is not YamlScalarNode scalar || YamlText.IsNull(node))
        {
            throw Error(node, $"Parameter '{name}' is a value, a list of values (gradient) or a list of {{filter, value}}, not {Kind(node)}.");
        }

        return YamlText.Value(scalar);
    }
}

using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ModelAggregation.Merging.Recipes;

/// <content>The shapes of nodes, and errors with their place.</content>
internal sealed partial class RecipeReader
{
    // Aliases let a small file stand for a huge tree; every node that is looked at counts.
    private const int MostNodes = 100_000;
    private const int DeepestMerge = 16;

    private int _nodes;

    private YamlMap Map(YamlNode node, string what, string[]? allowed, string[]? unsupported = null)
    {
        if (node is not YamlMappingNode mapping)
        {
            throw Error(node, $"{what} is a map of keys and values, not {Kind(node)}.");
        }

        YamlMap map = new(mapping);
        Fill(map, mapping, isMerged: false, depth: 0);
        foreach ((YamlNode key, string name, _) in map.Entries)
        {
            if (unsupported is not null && Array.IndexOf(unsupported, name) >= 0)
            {
                throw Error(key, $"'{name}' is not supported by this version.");
            }

            if (allowed is not null && Array.IndexOf(allowed, name) < 0)
            {
                string hint = NearestName.Suggest(name, allowed);
                throw Error(key, $"Unknown key '{name}'.{(hint.Length > 0 ? hint : $" {what} has {string.Join(", ", allowed)}.")}");
            }
        }

        return map;
    }

    /// <summary>Adds a mapping's own entries, then those of its merge keys (<c>&lt;&lt;</c>), which never override.</summary>
    private void Fill(YamlMap map, YamlMappingNode mapping, bool isMerged, int depth)
    {
        List<YamlNode> merged = [];
        foreach ((YamlNode key, YamlNode value) in mapping.Children)
        {
            Count(key);
            if (key is not YamlScalarNode { Value: { } name })
            {
                throw Error(key, $"A key is text, not {Kind(key)}.");
            }

            if (YamlText.IsPlain((YamlScalarNode)key) && string.Equals(name, "<<", StringComparison.Ordinal))
            {
                merged.AddRange(value is YamlSequenceNode ? Items(value, "<<") : [value]);
            }
            else if (!map.TryAdd(key, name, value) && !isMerged)
            {
                throw Error(key, $"Key '{name}' is given twice.");
            }
        }

        foreach (YamlNode value in merged)
        {
            if (value is not YamlMappingNode other || depth == DeepestMerge)
            {
                throw Error(value, depth == DeepestMerge ? "'<<' is nested too deep." : $"'<<' takes a map, not {Kind(value)}.");
            }

            Fill(map, other, isMerged: true, depth + 1);
        }
    }

    private List<YamlNode> Items(YamlNode node, string what)
    {
        if (node is not YamlSequenceNode sequence)
        {
            throw Error(node, $"'{what}' is a list, not {Kind(node)}.");
        }

        foreach (YamlNode item in sequence.Children)
        {
            Count(item);
        }

        return [.. sequence.Children];
    }

    private YamlNode Required(YamlMap map, string key, string what) => map.Find(key) ?? throw Error(map.Node, $"{what} needs '{key}'.");

    private string Text(YamlNode node, string what) =>
        node is YamlScalarNode { Value: { Length: > 0 } text } ? text : throw Error(node, $"'{what}' is text, not {Kind(node)}.");

    private ParameterScalar Scalar(YamlNode node, string name)
    {
        if (node is not YamlScalarNode scalar || YamlText.IsNull(node))
        {
            throw Error(node, $"Parameter '{name}' is a value, a list of values (gradient) or a list of {{filter, value}}, not {Kind(node)}.");
        }

        return YamlText.Value(scalar);
    }

    private void Count(YamlNode node)
    {
        if (++_nodes > MostNodes)
        {
            throw Error(node, $"The recipe has more than {MostNodes} values, its aliases written out.");
        }
    }

    private static string Kind(YamlNode node) => node switch
    {
        YamlMappingNode => "a map",
        YamlSequenceNode => "a list",
        YamlScalarNode { Value.Length: > 0 } scalar => $"'{(scalar.Value.Length > 60 ? $"{scalar.Value.AsSpan(0, 60)}…" : scalar.Value)}'",
        _ => "nothing",
    };

    private RecipeException Error(YamlNode node, string message) => Error(node.Start, message);

    private RecipeException Error(Mark place, string message, Exception? inner = null) =>
        new(message, file, Math.Max((int)place.Line, 1), Math.Max((int)place.Column, 1), inner);
}

using System.Globalization;
using ModelTensors;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ModelAggregation.Merging.Recipes;

/// <summary>Reads the nodes of YAML documents: their shapes, what their scalars mean, and errors with their place.</summary>
/// <param name="file">The name to give in errors, or null.</param>
internal abstract class YamlNodeReader(string? file)
{
    // Aliases let a small file stand for a huge tree; every node that is looked at counts.
    private const int MostNodes = 100_000;
    private const int DeepestMerge = 16;

    private int _nodes;

    /// <summary>Reads the documents of a text, at least one.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="whenEmpty">The message of the error for a text without any.</param>
    protected List<YamlNode> Documents(string yaml, string whenEmpty)
    {
        try
        {
            if (YamlLimits.Check(yaml) is { } problem)
            {
                throw Error(problem.Place, problem.Message);
            }

            YamlStream stream = [];
            using StringReader text = new(yaml);
            stream.Load(text);
            return stream.Documents.Count > 0 ? [.. stream.Documents.Select(document => document.RootNode)] : throw new RecipeException(whenEmpty, file, 1, 1);
        }
        catch (YamlException error)
        {
            // The start is that of a scalar or collection that goes wrong lines later.
            Mark place = error.End.Line > error.Start.Line ? error.End : error.Start;
            int lines = yaml.Count('\n') + 1;
            Mark end = new(yaml.Length, lines, yaml.Length - yaml.LastIndexOf('\n'));
            throw Error(place.Line > lines ? end : place, $"Not valid YAML: {error.Message}", error);
        }
    }

    /// <summary>Reads a mapping whose keys are known.</summary>
    protected YamlMap Map(YamlNode node, string what, string[]? allowed, string[]? unsupported = null)
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

    /// <summary>Reads a list.</summary>
    protected List<YamlNode> Items(YamlNode node, string what)
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

    /// <summary>Returns a value that must be there.</summary>
    protected YamlNode Required(YamlMap map, string key, string what) => map.Find(key) ?? throw Error(map.Node, $"{what} needs '{key}'.");

    /// <summary>Reads a text that is not empty.</summary>
    protected string Text(YamlNode node, string what) =>
        node is YamlScalarNode { Value: { Length: > 0 } text } ? text : throw Error(node, $"'{what}' is text, not {Kind(node)}.");

    /// <summary>Reads a type that models are written in.</summary>
    protected DataType? Type(YamlMap map, string key)
    {
        if (map.Find(key) is not { } node)
        {
            return null;
        }

        return DataTypeWords.TryParse(Text(node, key), out DataType type) is { } problem ? throw Error(node, $"'{key}': {problem}") : type;
    }

    /// <summary>Reads the word of a value; the default when there is none.</summary>
    protected T Policy<T>(YamlMap map, string key)
        where T : struct, Enum
    {
        if (map.Find(key) is not { } node)
        {
            return default;
        }

        string word = Text(node, key);
        return RecipeWords.TryParse(word, out T value)
            ? value
            : throw Error(node, $"'{key}' is '{word}'; allowed are {string.Join(", ", RecipeWords.All<T>())}.{NearestName.Suggest(word, RecipeWords.All<T>())}");
    }

    /// <summary>Reads a seed.</summary>
    protected ulong Seed(YamlNode node) =>
        ulong.TryParse(Text(node, "random_seed"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)
            ? seed
            : throw Error(node, $"'random_seed' is '{node}'; it is a whole number from 0 to {ulong.MaxValue}.");

    /// <summary>Reads a truth value.</summary>
    protected bool Flag(YamlNode node, string key) =>
        node is YamlScalarNode scalar && YamlText.Value(scalar) is { Kind: ParameterKind.Boolean } value ? value.ToBoolean() : throw Error(node, $"'{key}' is true or false, not {Kind(node)}.");

    /// <summary>Reads a whole number.</summary>
    protected int Number(YamlNode node, string key, int least, int most) =>
        int.TryParse(Text(node, key), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw Error(node, $"'{key}' is '{node}'; it is a whole number from {least} to {most}.");

    private void Count(YamlNode node)
    {
        if (++_nodes > MostNodes)
        {
            throw Error(node, $"The recipe has more than {MostNodes} values, its aliases written out.");
        }
    }

    /// <summary>Says what a node is, for errors.</summary>
    protected static string Kind(YamlNode node) => node switch
    {
        YamlMappingNode => "a map",
        YamlSequenceNode => "a list",
        YamlScalarNode { Value.Length: > 0 } scalar => $"'{(scalar.Value.Length > 60 ? $"{scalar.Value.AsSpan(0, 60)}…" : scalar.Value)}'",
        _ => "nothing",
    };

    /// <summary>Makes an error about a node.</summary>
    protected RecipeException Error(YamlNode node, string message) => Error(node.Start, message);

    /// <summary>Makes an error about a place.</summary>
    protected RecipeException Error(Mark place, string message, Exception? inner = null) =>
        new(message, file, Math.Max((int)place.Line, 1), Math.Max((int)place.Column, 1), inner);
}

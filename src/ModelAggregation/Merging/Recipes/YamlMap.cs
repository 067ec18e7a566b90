using YamlDotNet.RepresentationModel;

namespace ModelAggregation.Merging.Recipes;

/// <summary>The entries of a YAML mapping by key, in order.</summary>
internal sealed class YamlMap(YamlNode node)
{
    private readonly Dictionary<string, YamlNode> _values = new(StringComparer.Ordinal);

    /// <summary>Gets the mapping.</summary>
    public YamlNode Node => node;

    /// <summary>Gets the keys and values in order.</summary>
    public List<(YamlNode Key, string Name, YamlNode Value)> Entries { get; } = [];

    /// <summary>Adds an entry.</summary>
    /// <returns>False when the key is there already.</returns>
    public bool TryAdd(YamlNode key, string name, YamlNode value)
    {
        if (!_values.TryAdd(name, value))
        {
            return false;
        }

        Entries.Add((key, name, value));
        return true;
    }

    /// <summary>Returns a value that is there and not null.</summary>
    public YamlNode? Find(string key) =>
        _values.TryGetValue(key, out YamlNode? value) && !YamlText.IsNull(value) ? value : null;
}

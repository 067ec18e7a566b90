using System.Globalization;
using System.Text;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Glue.Recipes;

/// <summary>Collects the entries of a YAML map, those that are set, and writes them.</summary>
internal sealed class YamlTree
{
    private readonly List<(string Key, object Value)> _entries = [];

    public bool IsEmpty => _entries.Count == 0;

    public YamlTree Text(string key, string? value) => value is null ? this : Raw(key, RecipeWriter.Quote(value));

    public YamlTree Number(string key, double? value, double? otherwise = null) =>
        value is not { } number || number.Equals(otherwise) ? this : Raw(key, Format(number));

    public YamlTree Truth(string key, bool value, bool otherwise = false) => value == otherwise ? this : Raw(key, value ? "true" : "false");

    public YamlTree Word<T>(string key, T value, T otherwise = default)
        where T : struct, Enum => value.Equals(otherwise) ? this : Raw(key, GlueWords.Word(value));

    public YamlTree Texts(string key, IReadOnlyList<string> values) => values.Count == 0 ? this : Raw(key, $"[{string.Join(", ", values.Select(RecipeWriter.Quote))}]");

    public YamlTree Numbers(string key, IReadOnlyList<double> values, IReadOnlyList<double> otherwise) =>
        values.SequenceEqual(otherwise) ? this : Raw(key, $"[{string.Join(", ", values.Select(Format))}]");

    public YamlTree Map(string key, YamlTree value)
    {
        if (!value.IsEmpty)
        {
            _entries.Add((key, value));
        }

        return this;
    }

    public YamlTree List(string key, IEnumerable<YamlTree> values)
    {
        YamlTree[] items = [.. values];
        if (items.Length > 0)
        {
            _entries.Add((key, items));
        }

        return this;
    }

    /// <summary>Adds a value as it is written.</summary>
    public YamlTree Raw(string key, string value)
    {
        _entries.Add((key, value));
        return this;
    }

    public YamlTree Parameters(ParameterSet parameters)
    {
        YamlTree map = new();
        foreach ((string name, ParameterValue value) in parameters)
        {
            map.Raw(RecipeWriter.Quote(name), RecipeWriter.Value(value));
        }

        return Map("parameters", map);
    }

    public override string ToString()
    {
        StringBuilder text = new();
        Write(text, 0, string.Empty);
        return text.ToString();
    }

    /// <summary>Writes the map in one line.</summary>
    public string ToFlow() => $"{{{string.Join(", ", _entries.Select(entry => $"{entry.Key}: {Flow(entry.Value)}"))}}}";

    private static string Flow(object value) => value switch
    {
        YamlTree map => map.ToFlow(),
        YamlTree[] items => $"[{string.Join(", ", items.Select(item => item.ToFlow()))}]",
        _ => (string)value,
    };

    private static string Format(double number) => ParameterScalar.FromNumber(number).ToString();

    // The first line of a list's item begins with its dash, which takes the place of two spaces.
    private void Write(StringBuilder text, int indent, string dash)
    {
        string lead = dash;
        foreach ((string key, object value) in _entries)
        {
            text.Append(' ', indent - lead.Length).Append(lead);
            lead = string.Empty;
            switch (value)
            {
                case YamlTree map:
                    text.Append(CultureInfo.InvariantCulture, $"{key}:\n");
                    map.Write(text, indent + 2, string.Empty);
                    break;
                case YamlTree[] items:
                    text.Append(CultureInfo.InvariantCulture, $"{key}:\n");
                    foreach (YamlTree item in items)
                    {
                        item.Write(text, indent + 4, "- ");
                    }

                    break;
                default:
                    text.Append(CultureInfo.InvariantCulture, $"{key}: {value}\n");
                    break;
            }
        }
    }
}

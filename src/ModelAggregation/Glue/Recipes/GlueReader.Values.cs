using System.Globalization;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using YamlDotNet.RepresentationModel;

namespace ModelAggregation.Glue.Recipes;

/// <content>Values, and errors of ranges with their place.</content>
internal sealed partial class GlueReader
{
    /// <summary>Sets what a key says, where it is there; a range that it breaks is an error at its place.</summary>
    private T Set<T>(YamlMap map, string key, T value, Func<T, YamlNode, T> set) => map.Find(key) is { } node ? At(node, key, () => set(value, node)) : value;

    private T At<T>(YamlNode node, string key, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (ArgumentException error)
        {
            // The name of the parameter, and on a line of its own the value, which stands at the place that the error names.
            string message = error.Message.Split('\n')[0].TrimEnd();
            int parameter = message.LastIndexOf(" (Parameter '", StringComparison.Ordinal);
            throw Error(node, $"'{key}': {(parameter > 0 ? message[..parameter] : message)}");
        }
    }

    private T Word<T>(YamlMap map, string key)
        where T : struct, Enum => map.Find(key) is { } node ? Word<T>(node, key) : default;

    private T Word<T>(YamlNode node, string key)
        where T : struct, Enum
    {
        string word = Text(node, key);
        return GlueWords.TryParse(word, out T value)
            ? value
            : throw Error(node, $"'{key}' is '{word}'; allowed are {string.Join(", ", GlueWords.All<T>())}.{NearestName.Suggest(word, GlueWords.All<T>())}");
    }

    private static bool IsNone(YamlNode node) => node is YamlScalarNode scalar && string.Equals(scalar.Value, GlueWords.None, StringComparison.Ordinal);

    private string[] Texts(YamlNode node, string key) => [.. Items(node, key).Select(item => Text(item, key))];

    private double[] Numbers(YamlNode node, string key) => [.. Items(node, key).Select(item => Number(item, key))];

    // As it stands, spaces and all; the empty text too.
    private string Verbatim(YamlNode node, string key) => node is YamlScalarNode { Value: { } text } ? text : throw Error(node, $"'{key}' is text, not {Kind(node)}.");

    private double Number(YamlNode node, string key) =>
        node is YamlScalarNode scalar && YamlText.Value(scalar) is { Kind: ParameterKind.Number } value ? value.ToNumber() : throw Error(node, $"'{key}' is a number, not {Kind(node)}.");

    private bool Truth(YamlNode node, string key) =>
        node is YamlScalarNode scalar && YamlText.Value(scalar) is { Kind: ParameterKind.Boolean } value ? value.ToBoolean() : throw Error(node, $"'{key}' is true or false, not {Kind(node)}.");

    private int Whole(YamlNode node, string key) =>
        int.TryParse(Text(node, key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : throw Error(node, $"'{key}' is a whole number, not {Kind(node)}.");
}

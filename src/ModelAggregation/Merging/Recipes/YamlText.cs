using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ModelAggregation.Merging.Recipes;

/// <summary>What the scalars of a node tree mean.</summary>
internal static class YamlText
{
    /// <summary>Returns whether a node stands for no value.</summary>
    public static bool IsNull(YamlNode node) => node is YamlScalarNode scalar && IsPlain(scalar) && ScalarSyntax.IsNull(scalar.Value ?? string.Empty);

    /// <summary>Returns the value of a scalar; quoted ones are text.</summary>
    public static ParameterScalar Value(YamlScalarNode scalar) =>
        IsPlain(scalar) ? ScalarSyntax.Parse(scalar.Value ?? string.Empty) : ParameterScalar.FromText(scalar.Value ?? string.Empty);

    /// <summary>Returns whether a scalar is unquoted.</summary>
    public static bool IsPlain(YamlScalarNode scalar) => scalar.Style is ScalarStyle.Plain or ScalarStyle.Any;
}

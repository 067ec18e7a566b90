using System.Globalization;
using System.Text;

namespace ModelAggregation.Merging.Recipes;

/// <summary>Writes recipes as canonical YAML: fixed order, defaults left out.</summary>
internal static class RecipeWriter
{
    public static string Write(MergeRecipe recipe)
    {
        StringBuilder text = new();
        Line(text, 0, $"merge_method: {Quote(recipe.Method)}");
        if (recipe.BaseModel is { } baseModel)
        {
            Line(text, 0, $"base_model: {Quote(baseModel)}");
        }

        if (recipe.Models.Count > 0)
        {
            Line(text, 0, "models:");
            foreach (MergeModel model in recipe.Models)
            {
                Line(text, 2, $"- model: {Quote(model.Model)}");
                Statistics(text, 4, model.Statistics);
                Parameters(text, 4, model.Parameters);
            }
        }

        if (recipe.Slices.Count > 0)
        {
            Line(text, 0, "slices:");
            foreach (MergeSlice slice in recipe.Slices)
            {
                Slice(text, slice);
            }
        }

        Parameters(text, 0, recipe.Parameters);
        Option(text, "dtype", recipe.DataType is { } type ? DataTypeWords.Word(type) : null);
        Option(text, "out_dtype", recipe.OutputDataType is { } output ? DataTypeWords.Word(output) : null);
        Option(text, "random_seed", recipe.Seed == 0 ? null : recipe.Seed.ToString(CultureInfo.InvariantCulture));
        Option(text, "non_finite", recipe.NonFinite == default ? null : RecipeWords.Word(recipe.NonFinite));
        Option(text, "on_mismatch", recipe.OnMismatch == default ? null : RecipeWords.Word(recipe.OnMismatch));
        Option(text, "integer_tensors", recipe.IntegerTensors == default ? null : RecipeWords.Word(recipe.IntegerTensors));
        return text.ToString();
    }

    private static void Slice(StringBuilder text, MergeSlice slice)
    {
        Line(text, 2, slice.Sources.Count == 0 ? "- sources: []" : "- sources:");
        foreach (MergeSliceSource source in slice.Sources)
        {
            Line(text, 6, $"- model: {Quote(source.Model)}");
            Line(text, 8, $"layer_range: [{source.Start}, {source.End}]");
            Statistics(text, 8, source.Statistics);
            Parameters(text, 8, source.Parameters);
        }

        Parameters(text, 4, slice.Parameters);
    }

    private static void Statistics(StringBuilder text, int indent, string? reference)
    {
        if (reference is not null)
        {
            Line(text, indent, $"statistics: {Quote(reference)}");
        }
    }

    private static void Parameters(StringBuilder text, int indent, ParameterSet parameters)
    {
        if (parameters.Count == 0)
        {
            return;
        }

        Line(text, indent, "parameters:");
        foreach ((string name, ParameterValue value) in parameters)
        {
            if (value is not FilteredParameter filtered)
            {
                Line(text, indent + 2, $"{Quote(name)}: {Value(value)}");
                continue;
            }

            Line(text, indent + 2, $"{Quote(name)}:");
            foreach (ParameterCase item in filtered.Cases)
            {
                Line(text, indent + 4, item.Filter is null ? $"- value: {Value(item.Value)}" : $"- filter: {Quote(item.Filter)}");
                if (item.Filter is not null)
                {
                    Line(text, indent + 6, $"value: {Value(item.Value)}");
                }
            }
        }
    }

    private static void Option(StringBuilder text, string key, string? word)
    {
        if (word is not null)
        {
            Line(text, 0, $"{key}: {word}");
        }
    }

    private static string Value(ParameterValue value) => value switch
    {
        ScalarParameter scalar => Scalar(scalar.Value),
        GradientParameter gradient => $"[{string.Join(", ", gradient.Values.Select(Scalar))}]",
        FilteredParameter filtered => $"[{string.Join(", ", filtered.Cases.Select(Case))}]",
        _ => throw new NotSupportedException($"A parameter value of type {value.GetType()} has no YAML form."),
    };

    private static string Case(ParameterCase item) =>
        item.Filter is null ? $"{{value: {Value(item.Value)}}}" : $"{{filter: {Quote(item.Filter)}, value: {Value(item.Value)}}}";

    private static string Scalar(ParameterScalar value) => value.Kind == ParameterKind.Text ? Quote(value.ToString()) : value.ToString();

    private static void Line(StringBuilder text, int indent, string line) => text.Append(' ', indent).Append(line).Append('\n');

    /// <summary>Writes text so that it is read as text: plain when that is safe, else in double quotes with only ASCII inside.</summary>
    private static string Quote(string text)
    {
        if (text.Length > 0 && IsPlainStart(text[0]) && text.All(IsPlain) && ScalarSyntax.Parse(text).Kind == ParameterKind.Text && !ScalarSyntax.IsNull(text))
        {
            return text;
        }

        StringBuilder quoted = new("\"");
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' or '\\' => quoted.Append('\\').Append((char)rune.Value),
                >= ' ' and <= '~' => quoted.Append((char)rune.Value),
                <= 0xFFFF => quoted.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}"),
                _ => quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:X8}"),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static bool IsPlainStart(char letter) => char.IsAsciiLetter(letter) || letter is '/' or '_';

    private static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '_' or '-' or '.' or '@' or '+';
}

using System.Globalization;
using System.Text;

namespace ModelAggregation.Merging.Recipes;

/// <summary>Writes recipes as canonical YAML: fixed order, defaults left out.</summary>
internal static partial class RecipeWriter
{
    /// <summary>Writes a recipe.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="stage">The name of the stage that it makes; null for none.</param>
    public static string Write(MergeRecipe recipe, string? stage = null)
    {
        StringBuilder text = new();
        if (stage is not null)
        {
            Line(text, 0, $"name: {Quote(stage)}");
        }

        Line(text, 0, $"merge_method: {Quote(recipe.Method)}");
        if (recipe.BaseModel is { } baseModel)
        {
            Line(text, 0, $"base_model: {Quote(baseModel)}");
        }

        Models(text, 0, recipe.Models);
        Slices(text, 0, recipe.Slices);
        if (recipe.Modules.Count > 0)
        {
            Line(text, 0, "modules:");
            foreach (MergeModule module in recipe.Modules)
            {
                Module(text, module);
            }
        }

        Parameters(text, 0, recipe.Parameters);
        Option(text, "dtype", recipe.DataType is { } type ? DataTypeWords.Word(type) : null);
        Option(text, "out_dtype", recipe.OutputDataType is { } output ? DataTypeWords.Word(output) : null);
        Option(text, "vocabulary", recipe.Vocabulary == default ? null : RecipeWords.Word(recipe.Vocabulary));
        Tokenizer(text, recipe.Tokenizer);
        Option(text, "chat_template", recipe.ChatTemplate is { } template ? Quote(template) : null);
        Option(text, "random_seed", recipe.Seed == 0 ? null : recipe.Seed.ToString(CultureInfo.InvariantCulture));
        Option(text, "non_finite", recipe.NonFinite == default ? null : RecipeWords.Word(recipe.NonFinite));
        Option(text, "on_mismatch", recipe.OnMismatch == default ? null : RecipeWords.Word(recipe.OnMismatch));
        Option(text, "integer_tensors", recipe.IntegerTensors == default ? null : RecipeWords.Word(recipe.IntegerTensors));
        return text.ToString();
    }

    private static void Module(StringBuilder text, MergeModule module)
    {
        Line(text, 2, module == new MergeModule(module.Name) ? $"{Quote(module.Name)}: {{}}" : $"{Quote(module.Name)}:");
        if (module.Prefixes.Count > 0)
        {
            Line(text, 4, $"prefix: [{string.Join(", ", module.Prefixes.Select(Quote))}]");
        }

        if (module.BaseModel is { } baseModel)
        {
            Line(text, 4, $"base_model: {Quote(baseModel)}");
        }

        Models(text, 4, module.Models);
        Slices(text, 4, module.Slices);
        Parameters(text, 4, module.Parameters);
    }

    private static void Models(StringBuilder text, int indent, IReadOnlyList<MergeModel> models)
    {
        if (models.Count > 0)
        {
            Line(text, indent, "models:");
        }

        foreach (MergeModel model in models)
        {
            Line(text, indent + 2, $"- model: {Quote(model.Model)}");
            Statistics(text, indent + 4, model.Statistics);
            Parameters(text, indent + 4, model.Parameters);
        }
    }

    private static void Slices(StringBuilder text, int indent, IReadOnlyList<MergeSlice> slices)
    {
        if (slices.Count > 0)
        {
            Line(text, indent, "slices:");
        }

        foreach (MergeSlice slice in slices)
        {
            Line(text, indent + 2, slice.Sources.Count == 0 ? "- sources: []" : "- sources:");
            foreach (MergeSliceSource source in slice.Sources)
            {
                Line(text, indent + 6, $"- model: {Quote(source.Model)}");
                Line(text, indent + 8, $"layer_range: [{source.Start}, {source.End}]");
                Statistics(text, indent + 8, source.Statistics);
                Parameters(text, indent + 8, source.Parameters);
            }

            Parameters(text, indent + 4, slice.Parameters);
        }
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

    /// <summary>Writes a parameter's value in one line.</summary>
    internal static string Value(ParameterValue value) => value switch
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
    internal static string Quote(string text)
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

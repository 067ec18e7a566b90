using System.Globalization;
using System.Text;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Mixture;

/// <summary>Writes recipes of mixtures as canonical YAML: fixed order, defaults left out.</summary>
internal static class MixtureRecipeWriter
{
    public static string Write(MixtureRecipe recipe)
    {
        StringBuilder text = new();
        Line(text, "level", MixtureWords.Word(MixtureWords.Levels, recipe.Level));
        Line(text, "base_model", RecipeWriter.Quote(recipe.DenseModel));
        text.Append(recipe.Experts.Count == 0 ? "experts: []\n" : "experts:\n");
        foreach (MixtureExpert expert in recipe.Experts)
        {
            text.Append("  - source_model: ").Append(RecipeWriter.Quote(expert.Model)).Append('\n');
            Prompts(text, "positive_prompts", expert.PositivePrompts);
            Prompts(text, "negative_prompts", expert.NegativePrompts);
            Line(text, "    noise_scale", expert.NoiseScale == 0 ? null : Number(expert.NoiseScale));
            Line(text, "    residual_scale", expert.ResidualScale == 1 ? null : Number(expert.ResidualScale));
        }

        Line(text, "dense_layers", recipe.DenseLayers == 0 ? null : Number(recipe.DenseLayers));
        Line(text, "experts_per_token", recipe.ExpertsPerToken is { } chosen ? Number(chosen) : null);
        Line(text, "gate_mode", recipe.GateMode == default ? null : MixtureWords.Word(MixtureWords.GateModes, recipe.GateMode));
        Line(text, "router", recipe.Router == default ? null : RecipeWords.Word(recipe.Router));
        Line(text, "router_hidden_size", recipe.RouterHiddenSize == MixtureRecipe.DefaultRouterHiddenSize ? null : Number(recipe.RouterHiddenSize));
        Line(text, "input", recipe.Input is { } input ? RecipeWords.Word(input) : null);
        Line(text, "pooling", recipe.Pooling == default ? null : RecipeWords.Word(recipe.Pooling));
        Line(text, "dtype", recipe.OutputDataType is { } type ? DataTypeWords.Word(type) : null);
        Line(text, "layout", recipe.Layout == default ? null : RecipeWords.Word(recipe.Layout));
        Line(text, "random_seed", recipe.Seed == 0 ? null : recipe.Seed.ToString(CultureInfo.InvariantCulture));
        return text.ToString();
    }

    private static void Prompts(StringBuilder text, string key, IReadOnlyList<string> prompts)
    {
        if (prompts.Count > 0)
        {
            text.Append("    ").Append(key).Append(":\n");
        }

        foreach (string prompt in prompts)
        {
            text.Append("      - ").Append(RecipeWriter.Quote(prompt)).Append('\n');
        }
    }

    private static void Line(StringBuilder text, string key, string? value)
    {
        if (value is not null)
        {
            text.Append(key).Append(": ").Append(value).Append('\n');
        }
    }

    // The shortest digits that read back as the same number.
    private static string Number(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}

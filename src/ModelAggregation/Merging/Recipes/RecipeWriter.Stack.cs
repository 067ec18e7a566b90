using System.Text;
using ModelAggregation.Stacking;

namespace ModelAggregation.Merging.Recipes;

/// <content>Recipes of stacks.</content>
internal static partial class RecipeWriter
{
    /// <summary>Writes a recipe of a stack.</summary>
    public static string Write(StackingRecipe recipe)
    {
        StringBuilder text = new();
        Line(text, 0, "models:");
        foreach (string model in recipe.Models)
        {
            Line(text, 0, $"- {Quote(model)}");
        }

        Line(text, 0, $"method: {RecipeWords.Word(recipe.Method)}");
        Option(text, "dtype", recipe.OutputDataType is { } type ? DataTypeWords.Word(type) : null);
        Option(text, "tokenizer", recipe.TokenizerModel is { } tokenizer ? Quote(tokenizer) : null);
        return text.ToString();
    }
}

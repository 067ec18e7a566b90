using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Mixture;

/// <content>Reading and writing mergekit-moe's YAML.</content>
public sealed partial record MixtureRecipe
{
    /// <summary>Reads a recipe from YAML as mergekit-moe has it, with keys of our own: <c>level</c>, <c>dense_layers</c>, <c>router</c>, <c>router_hidden_size</c>, <c>input</c>, <c>pooling</c>, <c>layout</c> and <c>random_seed</c>.</summary>
    /// <param name="yaml">The text of one YAML document, at most 1 MiB.</param>
    /// <param name="fileName">The name to give in error messages.</param>
    /// <returns>The recipe; of feed-forward level unless it says otherwise. What needs the models is checked by <see cref="MixtureBuilder"/>.</returns>
    /// <exception cref="RecipeException">The text is not YAML, or not a recipe; the error has the line and column.</exception>
    public static MixtureRecipe FromYaml(string yaml, string? fileName = null) => MixtureRecipeReader.Read(RecipeFile.Bound(yaml, fileName), fileName);

    /// <summary>Reads a recipe from a YAML file.</summary>
    /// <param name="path">The file, UTF-8, at most 1 MiB.</param>
    /// <exception cref="RecipeException">The file is not UTF-8, not YAML, or not a recipe; the error has the line and column.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static MixtureRecipe Load(string path) => FromYaml(RecipeFile.Read(path), path);

    /// <summary>Writes the recipe as canonical YAML: read again it is an equal recipe, and equal recipes give equal text.</summary>
    public string ToYaml() => MixtureRecipeWriter.Write(this);

    /// <summary>Writes the recipe as <see cref="ToYaml"/> does.</summary>
    public override string ToString() => ToYaml();
}

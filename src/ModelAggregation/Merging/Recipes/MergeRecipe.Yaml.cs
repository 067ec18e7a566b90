namespace ModelAggregation.Merging.Recipes;

/// <content>Reading and writing mergekit's YAML.</content>
public sealed partial record MergeRecipe
{
    /// <summary>Reads a recipe from YAML as mergekit writes it.</summary>
    /// <param name="yaml">The text of one YAML document, at most 1 MiB.</param>
    /// <param name="fileName">The name to give in error messages.</param>
    /// <returns>The recipe; names of methods, parameters and models are checked by the planner.</returns>
    /// <exception cref="RecipeException">The text is not YAML, or not a recipe; the error has the line and column.</exception>
    public static MergeRecipe Parse(string yaml, string? fileName = null) => RecipeReader.Read(RecipeFile.Bound(yaml, fileName), fileName);

    /// <summary>Reads a recipe from a YAML file.</summary>
    /// <param name="path">The file, UTF-8, at most 1 MiB.</param>
    /// <exception cref="RecipeException">The file is not UTF-8, not YAML, or not a recipe; the error has the line and column.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static MergeRecipe Load(string path) => Parse(RecipeFile.Read(path), path);

    /// <summary>Writes the recipe as canonical YAML: parsed again it is an equal recipe, and equal recipes give equal text.</summary>
    public string ToYaml() => RecipeWriter.Write(this);

    /// <summary>Writes the recipe as <see cref="ToYaml"/> does.</summary>
    public override string ToString() => ToYaml();
}

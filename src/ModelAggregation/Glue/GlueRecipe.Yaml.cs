using ModelAggregation.Glue.Recipes;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Glue;

/// <content>Reading and writing YAML.</content>
public sealed partial record GlueRecipe
{
    /// <summary>Reads a recipe from YAML.</summary>
    /// <param name="yaml">The text of one YAML document, at most 1 MiB.</param>
    /// <param name="fileName">The name to give in error messages.</param>
    /// <returns>The recipe; models, files and methods are checked by <see cref="ModelGlue.Plan"/>.</returns>
    /// <exception cref="RecipeException">The text is not YAML, or not a recipe; the error has the line and column.</exception>
    public static GlueRecipe Parse(string yaml, string? fileName = null) => GlueReader.Read(RecipeFile.Bound(yaml, fileName), fileName);

    /// <summary>Reads a recipe from a YAML file; its relative paths start from the file's folder.</summary>
    /// <param name="path">The file, UTF-8, at most 1 MiB.</param>
    /// <exception cref="RecipeException">The file is not UTF-8, not YAML, or not a recipe; the error has the line and column.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static GlueRecipe Load(string path) => Parse(RecipeFile.Read(path), path) with { Folder = Path.GetDirectoryName(Path.GetFullPath(path))! };

    /// <summary>Writes the recipe as canonical YAML: parsed again it is an equal recipe, but for <see cref="Folder"/>, and equal recipes give equal text.</summary>
    public string ToYaml() => GlueWriter.Write(this);

    /// <summary>Writes all of it that decides a byte of the output: not the threads and workers.</summary>
    internal string ToCanonicalYaml() => (this with { Threads = Environment.ProcessorCount, Search = Search with { Workers = 1 } }).ToYaml();

    /// <summary>Compares everything that the recipe says.</summary>
    /// <param name="other">Another recipe.</param>
    public bool Equals(GlueRecipe? other) =>
        other is not null && string.Equals(Folder, other.Folder, StringComparison.Ordinal) && string.Equals(ToYaml(), other.ToYaml(), StringComparison.Ordinal);

    /// <inheritdoc />
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToYaml());

    /// <summary>Writes the recipe as <see cref="ToYaml"/> does.</summary>
    public override string ToString() => ToYaml();
}

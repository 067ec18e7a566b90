using System.Text;

namespace ModelAggregation.Merging.Recipes;

/// <content>Reading and writing mergekit's YAML.</content>
public sealed partial record MergeRecipe
{
    // Recipes have a few kilobytes; this bounds what a hostile file can make the reader do.
    private const int LargestFile = 1 << 20;

    /// <summary>Reads a recipe from YAML as mergekit writes it.</summary>
    /// <param name="yaml">The text of one YAML document, at most 1 MiB.</param>
    /// <param name="fileName">The name to give in error messages.</param>
    /// <returns>The recipe; names of methods, parameters and models are checked by the planner.</returns>
    /// <exception cref="RecipeException">The text is not YAML, or not a recipe; the error has the line and column.</exception>
    public static MergeRecipe Parse(string yaml, string? fileName = null)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        return yaml.Length <= LargestFile
            ? RecipeReader.Read(yaml, fileName)
            : throw new RecipeException($"The recipe has {yaml.Length} characters; at most {LargestFile} are read.", fileName, 1, 1);
    }

    /// <summary>Reads a recipe from a YAML file.</summary>
    /// <param name="path">The file, UTF-8, at most 1 MiB.</param>
    /// <exception cref="RecipeException">The file is not UTF-8, not YAML, or not a recipe; the error has the line and column.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static MergeRecipe Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = File.OpenRead(path);
        if (stream.Length > LargestFile)
        {
            throw new RecipeException($"The file has {stream.Length} bytes; recipes of at most {LargestFile} bytes are read.", path, 1, 1);
        }

        using StreamReader reader = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        try
        {
            return Parse(reader.ReadToEnd(), path);
        }
        catch (DecoderFallbackException error)
        {
            throw new RecipeException("The file is not UTF-8 text.", path, 1, 1, error);
        }
    }

    /// <summary>Writes the recipe as canonical YAML: parsed again it is an equal recipe, and equal recipes give equal text.</summary>
    public string ToYaml() => RecipeWriter.Write(this);

    /// <summary>Writes the recipe as <see cref="ToYaml"/> does.</summary>
    public override string ToString() => ToYaml();
}

using System.Text;

namespace ModelAggregation.Merging.Recipes;

/// <summary>The text of recipes, bounded before it is believed.</summary>
internal static class RecipeFile
{
    // Recipes have a few kilobytes; this bounds what a hostile file can make the reader do.
    private const int LargestFile = 1 << 20;

    /// <summary>Reads a file.</summary>
    public static string Read(string path)
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
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException error)
        {
            throw new RecipeException("The file is not UTF-8 text.", path, 1, 1, error);
        }
    }

    /// <summary>Returns a text that is not too long.</summary>
    public static string Bound(string yaml, string? fileName)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        return yaml.Length <= LargestFile
            ? yaml
            : throw new RecipeException($"The recipe has {yaml.Length} characters; at most {LargestFile} are read.", fileName, 1, 1);
    }
}

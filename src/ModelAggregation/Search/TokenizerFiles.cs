using System.Security.Cryptography;
using ModelAggregation.Evaluation;

namespace ModelAggregation.Search;

/// <summary>Tells the tokenizers of folders apart by their files.</summary>
internal static class TokenizerFiles
{
    /// <summary>The names that tokenizers' files have.</summary>
    public static readonly string[] Names =
    [
        "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "chat_template.jinja", "chat_template.json",
    ];

    /// <summary>Returns a hash of the files' content, or null where the folder has none.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static string? Hash(string folder)
    {
        string[] names = [.. Names.Where(name => File.Exists(Path.Combine(folder, name)))];
        if (names.Length == 0)
        {
            return null;
        }

        return Fingerprint.Key([.. names.SelectMany(name => new[] { name, Digest(Path.Combine(folder, name)) })]);
    }

    private static string Digest(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}

using System.Security.Cryptography;
using System.Text;
using ModelAggregation.Search;

namespace ModelAggregation.Mixture.Text;

/// <summary>Tells models in folders apart by all of their content: configuration, tokenizer and tensors.</summary>
internal static class ModelFolderHash
{
    private const int BufferBytes = 1 << 20;

    private static readonly string[] Names = ["config.json", "generation_config.json", "model.safetensors.index.json", .. TokenizerFiles.Names];

    /// <summary>Returns the hash, or null where there are no tensors.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static string? Of(string folder, CancellationToken cancellationToken)
    {
        string[] tensors = Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.safetensors").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)] : [];
        if (tensors.Length == 0)
        {
            return null;
        }

        using IncrementalHash all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in Names.Where(name => File.Exists(Path.Combine(folder, name))).Concat(tensors))
        {
            all.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
            all.AppendData(HashFile(Path.Combine(folder, name), cancellationToken));
        }

        return Convert.ToHexStringLower(all.GetHashAndReset());
    }

    private static byte[] HashFile(string path, CancellationToken cancellationToken)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BufferBytes];
        while (file.Read(buffer) is > 0 and int count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(buffer.AsSpan(0, count));
        }

        return hash.GetHashAndReset();
    }
}

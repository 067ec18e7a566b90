using System.Security.Cryptography;

namespace ModelAggregation.Glue.Execution;

/// <summary>Hashes files and folders.</summary>
internal static class FileHash
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Returns the SHA-256 of a file in lower-case hexadecimal.</summary>
    public static string Of(string path, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        byte[] buffer = new byte[BufferBytes];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Describes a file, or all files of a folder in the order of their paths.</summary>
    /// <param name="root">The folder that paths are relative to.</param>
    /// <param name="relative">The file or folder.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static IEnumerable<FileRecord> Describe(string root, string relative, CancellationToken cancellationToken)
    {
        string full = Path.Combine(root, relative);
        string[] files = Directory.Exists(full) ? Directory.GetFiles(full, "*", SearchOption.AllDirectories) : [full];
        return files
            .Select(file => (File: file, Name: Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/')))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => new FileRecord(file.Name, new FileInfo(file.File).Length, Of(file.File, cancellationToken)));
    }
}

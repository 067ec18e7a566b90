using System.Security.Cryptography;

namespace LoraFederation.Tests.Testing;

/// <summary>The files of a run's folder.</summary>
internal static class RunFiles
{
    /// <summary>Returns the hash of every file but the journal, whose order is that of arrival.</summary>
    public static Dictionary<string, string> Hash(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(path => !path.EndsWith(".jsonl", StringComparison.Ordinal))
        .ToDictionary(path => Path.GetRelativePath(folder, path), path => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), StringComparer.Ordinal);

    public static void Copy(string source, string target)
    {
        foreach (string folder in Directory.EnumerateDirectories(source, "*", SearchOption.AllDirectories).Prepend(source))
        {
            Directory.CreateDirectory(Path.Combine(target, Path.GetRelativePath(source, folder)));
        }

        // A lock is held by a process, not by a file: after a kill nobody holds it.
        foreach (string path in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Where(path => !path.EndsWith(".lock", StringComparison.Ordinal)))
        {
            File.Copy(path, Path.Combine(target, Path.GetRelativePath(source, path)));
        }
    }
}

using System.Security.Cryptography;
using System.Text;

namespace LoraFederation.Rounds;

/// <summary>The hashes of a model's states: a chain over everything that rounds added to it. Clients that keep one can tell whether they missed a round.</summary>
public static class ModelState
{
    /// <summary>Returns the state of a base model that is known by its name only.</summary>
    /// <param name="baseModel">The name; null and empty are the same.</param>
    /// <returns>The SHA-256 of the name in UTF-8, in lower-case hexadecimal.</returns>
    public static string OfName(string? baseModel) => Hash(baseModel ?? string.Empty);

    /// <summary>Returns the state after a round: <c>SHA-256(state, SHA-256(emitted files))</c>.</summary>
    /// <param name="state">The state before it.</param>
    /// <param name="emitted">The files that the round gives to clients as their part of the model; their order does not matter.</param>
    /// <returns>The hash in lower-case hexadecimal: of the two others in hexadecimal with a line feed between them. The inner one is of a line for each file, ordered by path: path, tabulator, SHA-256, line feed.</returns>
    public static string Next(string state, IEnumerable<ManifestFile> emitted)
    {
        ArgumentException.ThrowIfNullOrEmpty(state);
        ArgumentNullException.ThrowIfNull(emitted);
        string files = string.Concat(emitted.OrderBy(file => file.Path, StringComparer.Ordinal).Select(file => $"{file.Path}\t{file.Sha256}\n"));
        return Hash($"{state}\n{Hash(files)}");
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

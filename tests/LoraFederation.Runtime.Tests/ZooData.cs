using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using LoraFederation.Rounds;
using ModelRuntime.Tasks;
using ModelRuntime.Tokenizers;
using ModelRuntime.Training;

namespace LoraFederation.Runtime.Tests;

/// <summary>The trained base model of the samples, and the data of its clients.</summary>
internal static class ZooData
{
    private static readonly ConcurrentDictionary<string, IReadOnlyList<TrainingExample>> Read = new(StringComparer.Ordinal);

    public static string BaseModel => In("a-base");

    public static ITokenizer Tokenizer { get; } = new CharacterTokenizer();

    public static string In(params string[] names) => Path.Combine([AppContext.BaseDirectory, "zoo", .. names]);

    public static string Adapter(int client) => In("clients", client.ToString(CultureInfo.InvariantCulture));

    /// <summary>Returns the examples of a client that is called by its number.</summary>
    public static IReadOnlyList<TrainingExample> Examples(string client) => Read.GetOrAdd(client, static name =>
    [
        .. TaskFile.Load(In("clients", name, "train.jsonl")).Select(example => TrainingExample.FromText(Tokenizer, example.Prompt, example.Answer)),
    ]);

    public static TrainingTask Task(string output, int client = 3, int rank = 4, ulong seed = 1) => new($"{client}", 0, ModelState.OfName("a-base"), seed, Directory.CreateDirectory(output).FullName)
    {
        BaseModel = BaseModel,
        Rank = rank,
        Alpha = 2 * rank,
    };

    /// <summary>Hashes all files of a folder but journals, whose order is that of arrival, by their paths in it.</summary>
    public static Dictionary<string, string> Hash(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(file => !file.EndsWith(".jsonl", StringComparison.Ordinal))
        .ToDictionary(
            file => Path.GetRelativePath(folder, file), file => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))), StringComparer.Ordinal);
}

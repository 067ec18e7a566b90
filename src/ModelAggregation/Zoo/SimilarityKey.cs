using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Zoo;

/// <summary>Tells what similarities were computed from: another key, and they are computed anew.</summary>
internal static class SimilarityKey
{
    /// <summary>Returns the key, or null where files do not stand for all of a model's content.</summary>
    public static string? Of(ModelZoo zoo, SimilarityOptions options)
    {
        StringBuilder text = new($"{options.Measure} {options.Part}\n");
        bool isIdentified = true;
        foreach (ZooModel model in zoo.Models)
        {
            isIdentified &= model.IsIdentified;
            Add(text, model.Name, model.Files);
        }

        if (options.Base is { } reference)
        {
            using TensorSet baseModel = zoo.Resolver.Open(reference);
            isIdentified &= baseModel.IsIdentified;
            Add(text, reference, baseModel.Files);
        }

        return isIdentified ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))) : null;
    }

    // Fine-tuned models of one base have the same headers and lengths: their times of writing tell a changed one, as they do for merges that are continued.
    private static void Add(StringBuilder text, string name, IReadOnlyList<FileIdentity> files)
    {
        text.Append(CultureInfo.InvariantCulture, $"{name.Length} {name}\n");
        foreach (FileIdentity file in files)
        {
            text.Append(CultureInfo.InvariantCulture, $" {file.Name} {file.Length} {file.HeaderSha256} {file.LastWriteTime.UtcTicks}\n");
        }
    }
}

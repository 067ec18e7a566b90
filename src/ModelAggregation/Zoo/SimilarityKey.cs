using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ModelAggregation.Merging.Execution;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Zoo;

/// <summary>Tells what similarities were computed from: another key, and they are computed anew.</summary>
internal static class SimilarityKey
{
    /// <summary>Returns the key, or null where files do not stand for all of a model's content. The files are read in full.</summary>
    public static string? Of(ModelZoo zoo, SimilarityOptions options, CancellationToken cancellationToken)
    {
        StringBuilder text = new($"{options.Measure} {options.Part}\n");
        foreach (string reference in options.Base is { } origin ? zoo.Models.Select(model => model.Name).Append(origin) : zoo.Models.Select(model => model.Name))
        {
            using TensorSet model = zoo.Resolver.Open(reference);
            if (!model.IsIdentified)
            {
                return null;
            }

            Add(text, reference, model, cancellationToken);
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    // Fine-tuned models of one base have the same headers and lengths, and copying tools keep times: only what is in the files tells them apart.
    private static void Add(StringBuilder text, string name, TensorSet model, CancellationToken cancellationToken)
    {
        text.Append(CultureInfo.InvariantCulture, $"{name.Length} {name}\n");
        foreach (FileIdentity file in model.Files)
        {
            string content = ModelCard.Hash(file.Path ?? Path.Combine(model.Folder!, file.Name), cancellationToken);
            text.Append(CultureInfo.InvariantCulture, $" {file.Name} {file.Length} {content} {file.LastWriteTime.UtcTicks}\n");
        }
    }
}

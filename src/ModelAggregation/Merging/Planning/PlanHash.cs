using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ModelAggregation.Merging.Recipes;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Planning;

/// <summary>Hashes what decides the output's bytes, and nothing that depends on the machine.</summary>
internal static class PlanHash
{
    // Raise it when plans of the same recipe and files change.
    private const int PlannerFormat = 1;

    public static string Compute(
        MergeRecipe recipe, IEnumerable<PlannedModel> models, IEnumerable<PlannedTensor> tensors, JsonObject? config, IReadOnlyList<string> vocabulary)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, PlannerFormat);
        foreach (Type type in (ReadOnlySpan<Type>)[typeof(PlanHash), typeof(TensorSet)])
        {
            Add(hash, type.Assembly.GetName().Version?.ToString() ?? string.Empty);
        }

        Add(hash, new StableNames(recipe).Apply(recipe).ToYaml());
        Add(hash, config?.ToJsonString() ?? string.Empty);
        foreach (PlannedModel model in models)
        {
            Add(hash, model);
        }

        foreach (PlannedTensor tensor in tensors)
        {
            Add(hash, tensor.Name);
            Add(hash, tensor.Output.DataType.SafetensorsName);
            Add(hash, tensor.Output.Shape.ToString());
            Add(hash, tensor.Inputs.Count);
            foreach (PlannedInput input in tensor.Inputs)
            {
                Add(hash, input.Model);
                Add(hash, input.TensorName);
            }
        }

        foreach (string text in vocabulary)
        {
            Add(hash, text);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Adds what identifies a model.</summary>
    internal static void Add(IncrementalHash hash, PlannedModel model)
    {
        Add(hash, model.Name);
        Add(hash, model.Tensors.Files.Count);
        foreach (FileIdentity file in model.Tensors.Files.OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            Add(hash, file.Name);
            Add(hash, file.Length.ToString(CultureInfo.InvariantCulture));
            Add(hash, file.HeaderSha256);
        }

        // What is in memory has no files: its tensors' names, types and shapes are what is known without reading.
        if (model.Tensors.IsIdentified)
        {
            return;
        }

        foreach (string name in model.Tensors.Names.Order(StringComparer.Ordinal))
        {
            Add(hash, name);
            if (model.Tensors.TryGet(name, out TensorSource? source))
            {
                Add(hash, $"{source.DataType.SafetensorsName} {source.Shape}");
            }
        }
    }

    /// <summary>Adds a text with its length before it, so that none can be taken for the end of another.</summary>
    internal static void Add(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Add(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Add(IncrementalHash hash, int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}

using System.Text.Json.Nodes;
using ModelAggregation.Merging.Recipes;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Planning;

/// <summary>Makes the output's <c>config.json</c> from that of the base model, or of the first model.</summary>
internal static class OutputConfig
{
    // Keys which, when they differ, make models with equal shapes compute different things, or shapes differ for a reason worth knowing.
    private static readonly string[] ComparedKeys =
    [
        "model_type", "hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads", "head_dim", "rope_theta", "hidden_act",
        "rms_norm_eps", "sliding_window",
    ];

    /// <summary>Makes the document.</summary>
    /// <param name="donor">The model whose configuration it is.</param>
    /// <param name="parts">The modules with their layers; one when the recipe has none.</param>
    /// <param name="tensors">The planned tensors.</param>
    /// <param name="findings">Receives warnings.</param>
    /// <returns>The document, or null when the donor has none.</returns>
    public static JsonObject? Create(
        OpenModel donor, IReadOnlyList<ModulePart> parts, IReadOnlyList<PlannedTensor> tensors, PlanFindings findings)
    {
        if (donor.Tensors.Config is not { } source)
        {
            return null;
        }

        JsonObject document = source.ToDocument();
        // Weights are read through their scales and written as plain floats.
        document.Remove("quantization_config");
        SetType(document, tensors);
        SetVocabulary(document, donor, tensors, findings);
        foreach (ModulePart part in parts.Where(part => part.Recipe.Slices.Count > 0))
        {
            LayerConfig.Set(document, donor, part);
        }

        ModulePart text = parts.FirstOrDefault(part => part.Tensors.Any(tensor => tensor.IsEmbedding)) ?? parts[^1];
        SetTie(document, text.Slices, text.Tensors);
        return document;
    }

    /// <summary>Warns of models that are built differently.</summary>
    /// <param name="donor">The model whose configuration is kept.</param>
    /// <param name="models">All models.</param>
    /// <param name="findings">Receives warnings.</param>
    public static void Compare(OpenModel donor, IEnumerable<OpenModel> models, PlanFindings findings)
    {
        if (donor.Tensors.Config is not { } config)
        {
            return;
        }

        JsonObject kept = config.ToDocument();
        foreach (OpenModel model in models.Where(model => model != donor && model.Tensors.Config is not null))
        {
            JsonObject other = model.Tensors.Config!.ToDocument();
            string[] differences = [.. ComparedKeys
                .Where(key => kept[key] is not null && other[key] is not null && !JsonNode.DeepEquals(kept[key], other[key]))
                .Select(key => $"{key} {other[key]!.ToJsonString()} (not {kept[key]!.ToJsonString()})")];
            if (differences.Length > 0)
            {
                findings.Warn($"Model '{model.Reference}' is built differently from '{donor.Reference}', whose config.json is kept: {string.Join(", ", differences)}.");
            }
        }
    }

    private static void SetType(JsonObject document, IReadOnlyList<PlannedTensor> tensors)
    {
        DataType[] types = [.. tensors.Where(tensor => !tensor.IsCopied).Select(tensor => tensor.Output.DataType).Distinct()];
        if (types.Length != 1)
        {
            return;
        }

        string word = DataTypeWords.Word(types[0]);
        bool isNew = document.ContainsKey("dtype");
        if (isNew)
        {
            document["dtype"] = word;
        }

        if (!isNew || document.ContainsKey("torch_dtype"))
        {
            document["torch_dtype"] = word;
        }
    }

    private static void SetVocabulary(JsonObject document, OpenModel donor, IReadOnlyList<PlannedTensor> tensors, PlanFindings findings)
    {
        PlannedTensor? embedding = tensors.FirstOrDefault(tensor => tensor.IsEmbedding && !TensorNames.IsHead(tensor.Name));
        if (embedding is null)
        {
            return;
        }

        // A vocabulary smaller than its padded embedding stays as it is: only rows that the merge changed count.
        long rows = embedding.Output.Shape[0];
        bool isUnchanged = donor.Tensors.TryGet(embedding.Name, out TensorSource? own) && own.Shape.Rank == 2 && own.Shape[0] == rows;
        foreach (JsonObject owner in new[] { document, document["text_config"] as JsonObject }.OfType<JsonObject>())
        {
            if (!isUnchanged && owner.ContainsKey("vocab_size"))
            {
                owner["vocab_size"] = rows;
            }
        }

        foreach (PlannedTensor head in tensors.Where(tensor => tensor.IsEmbedding && TensorNames.IsHead(tensor.Name) && tensor.Output.Shape[0] != rows))
        {
            findings.Warn($"The output has {rows} rows in '{embedding.Name}' but {head.Output.Shape[0]} in '{head.Name}'; such a model is not usable as it is.");
        }
    }

    // A written head is ignored by readers of a configuration that ties it, which is wrong as soon as one model had a head of its own;
    // without a tie a head that is not written is made up by readers.
    private static void SetTie(JsonObject document, IReadOnlyList<SliceLayout> slices, IReadOnlyList<PlannedTensor> tensors)
    {
        bool hasHead = tensors.Any(tensor => tensor.IsEmbedding && TensorNames.IsHead(tensor.Name));
        bool allTie = slices[^1].Sources.All(source => source.Model.Tensors.Config is { TiesWordEmbeddings: true });
        if (hasHead != allTie && document["tie_word_embeddings"] is not null)
        {
            document["tie_word_embeddings"] = allTie;
        }
    }
}

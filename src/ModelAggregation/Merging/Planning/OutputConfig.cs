using System.Text.Json.Nodes;
using ModelAggregation.Merging.Recipes;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Planning;

/// <summary>Makes the output's <c>config.json</c> from that of the base model, or of the first model.</summary>
internal static class OutputConfig
{
    private static readonly string[] LayerCountKeys = ["num_hidden_layers", "n_layer", "num_layers"];

    // Lists with one entry for each layer.
    private static readonly string[] LayerListKeys = ["layer_types", "layers_block_type", "mlp_layer_types", "no_rope_layers"];

    // Keys which, when they differ, make models with equal shapes compute different things, or shapes differ for a reason worth knowing.
    private static readonly string[] ComparedKeys =
    [
        "model_type", "hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads", "head_dim", "rope_theta", "hidden_act",
        "rms_norm_eps", "sliding_window",
    ];

    /// <summary>Makes the document.</summary>
    /// <param name="donor">The model whose configuration it is.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="slices">The layers.</param>
    /// <param name="tensors">The planned tensors.</param>
    /// <param name="findings">Receives warnings.</param>
    /// <returns>The document, or null when the donor has none.</returns>
    public static JsonObject? Create(
        OpenModel donor, MergeRecipe recipe, IReadOnlyList<SliceLayout> slices, IReadOnlyList<PlannedTensor> tensors, PlanFindings findings)
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
        if (recipe.Slices.Count > 0)
        {
            SetLayers(document, donor, slices, findings);
        }

        SetTie(document, slices, tensors);
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

    private static void SetLayers(JsonObject document, OpenModel donor, IReadOnlyList<SliceLayout> slices, PlanFindings findings)
    {
        int count = slices.Sum(slice => slice.Length);
        foreach (string key in LayerCountKeys.Where(document.ContainsKey))
        {
            document[key] = count;
        }

        foreach (string key in LayerListKeys.Where(key => document[key] is JsonArray list && list.Count == donor.Layers.LayerCount))
        {
            JsonArray? rebuilt = LayerList(key, slices);
            if (rebuilt is null)
            {
                findings.Warn($"config.json: '{key}' is left as it is, because not every model of the slices has one entry for each layer.");
                continue;
            }

            document[key] = rebuilt;
        }
    }

    private static JsonArray? LayerList(string key, IReadOnlyList<SliceLayout> slices)
    {
        JsonArray rebuilt = [];
        foreach (SliceLayout slice in slices)
        {
            SourceLayout source = slice.Sources[0];
            if (source.Model.Tensors.Config?.ToDocument()[key] is not JsonArray list || list.Count != source.Model.Layers.LayerCount)
            {
                return null;
            }

            for (int layer = 0; layer < slice.Length; layer++)
            {
                rebuilt.Add(list[source.Start + layer]?.DeepClone());
            }
        }

        return rebuilt;
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

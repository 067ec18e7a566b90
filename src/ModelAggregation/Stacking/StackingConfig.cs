using System.Text.Json.Nodes;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors;

namespace ModelAggregation.Stacking;

/// <summary>Makes the <c>config.json</c> of a stack from the first model's.</summary>
internal static class StackingConfig
{
    /// <summary>Gets the keys of the number of layers.</summary>
    public static readonly string[] CountKeys = ["num_hidden_layers", "n_layer", "num_layers"];

    /// <summary>Gets the keys of lists with one entry for each layer.</summary>
    public static readonly string[] ListKeys = ["layer_types", "layers_block_type", "mlp_layer_types", "no_rope_layers"];

    /// <summary>Returns whether a configuration has a list with one entry for each layer.</summary>
    public static bool HasList(JsonObject config, string key, int layers) => config[key] is JsonArray list && list.Count == layers;

    /// <summary>Makes the document.</summary>
    /// <param name="models">The models, each once; the first gives the document.</param>
    /// <param name="layers">The layers of the stack.</param>
    /// <param name="tensors">Its tensors.</param>
    /// <param name="problems">Receives what cannot be said of the stack.</param>
    /// <returns>The document, or null when the first model has none.</returns>
    public static JsonObject? Create(IReadOnlyList<StackedModel> models, IReadOnlyList<StackedLayer> layers, IReadOnlyList<StackedTensor> tensors, List<StackingProblem> problems)
    {
        if (models[0].Tensors.Config is not { } source)
        {
            return null;
        }

        JsonObject document = source.ToDocument();

        // Weights are read through their scales and written as plain floats.
        document.Remove("quantization_config");
        foreach (string key in CountKeys.Where(document.ContainsKey))
        {
            document[key] = layers.Count;
        }

        // Inert where no layer looks through a window, but then it counts all layers.
        if (document["max_window_layers"] is not null)
        {
            document["max_window_layers"] = layers.Count;
        }

        Dictionary<string, (StackedModel Model, JsonObject Config)> configs = models.ToDictionary(
            model => model.Reference, model => (model, model.Tensors.Config?.ToDocument() ?? []), StringComparer.Ordinal);
        foreach (string key in ListKeys.Where(key => configs.Values.Any(item => item.Config[key] is not null)))
        {
            if (configs.Values.FirstOrDefault(item => !HasList(item.Config, key, item.Model.Layers.LayerCount)).Model is { } without)
            {
                problems.Add(new StackingProblem(
                    StackingProblemKind.LayerPattern, $"'{key}' has an entry for each layer in some models, but not in '{without.Reference}', which has {without.Layers.LayerCount} layers.", without.Reference));
                continue;
            }

            document[key] = new JsonArray([.. layers.Select(layer => configs[layer.Model].Config[key]!.AsArray()[layer.Layer]?.DeepClone())]);
        }

        SetType(document, tensors);
        SetVocabulary(document, models[0], tensors);
        return document;
    }

    private static void SetType(JsonObject document, IReadOnlyList<StackedTensor> tensors)
    {
        DataType[] types = [.. tensors.Select(tensor => tensor.Output.DataType).Where(type => type.IsFloatingPoint).Distinct()];
        if (types.Length == 1)
        {
            string[] keys = [.. ((string[])["dtype", "torch_dtype"]).Where(document.ContainsKey)];
            foreach (string key in keys.Length > 0 ? keys : ["torch_dtype"])
            {
                document[key] = DataTypeWords.Word(types[0]);
            }
        }
    }

    // A vocabulary smaller than its padded embedding stays as it is where no model has more rows.
    private static void SetVocabulary(JsonObject document, StackedModel first, IReadOnlyList<StackedTensor> tensors)
    {
        StackedTensor? embedding = tensors.FirstOrDefault(tensor => tensor.Output.Shape.Rank == 2 && TensorNames.IsInputEmbedding(tensor.Output.Name));
        if (embedding is not null && document.ContainsKey("vocab_size")
            && first.Tensors.TryGet(embedding.Output.Name, out TensorSource? own) && own.Shape[0] != embedding.Output.Shape[0])
        {
            document["vocab_size"] = embedding.Output.Shape[0];
        }
    }
}

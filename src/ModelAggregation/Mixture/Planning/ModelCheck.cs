using System.Text.Json.Nodes;
using ModelAggregation.Zoo;
using ModelTensors;
using ModelTensors.Tokenizers;

namespace ModelAggregation.Mixture.Planning;

/// <summary>Whether an expert fits a dense model: what the level uses of it has to be alike, and what it cannot carry is refused.</summary>
internal sealed class ModelCheck(MixtureRecipe recipe, MixtureModel dense, MixtureFindings findings)
{
    private const string OtherWay = "Merge models into one geometry first, or route between whole models by text.";

    // What only attention depends on: at feed-forward level it is the dense model's.
    private static readonly string[] AttentionTraits = ["num_attention_heads", "num_key_value_heads", "head_dim"];
    private static readonly string[] Traits = ["hidden_size", "num_hidden_layers", "intermediate_size", "hidden_act", .. AttentionTraits];

    private bool IsFeedForward => recipe.Level == MixtureLevel.FeedForward;

    /// <summary>Checks the dense model by itself.</summary>
    public void CheckDense()
    {
        long? width = Matrix(dense.Outside, MixtureNames.Embedding) is { } embedding ? embedding[1] : null;
        bool isTied = dense.Tensors.Config!.TiesWordEmbeddings;
        string[] missing = [.. new[] { MixtureNames.Embedding, MixtureNames.Norm, MixtureNames.Head }
            .Where(name => !dense.Outside.ContainsKey(name) && !(isTied && string.Equals(name, MixtureNames.Head, StringComparison.Ordinal)))];
        findings.AddForTensors(MixtureProblemKind.Tensor, missing, names => $"The dense model '{dense.Reference}' lacks {names}.", dense.Reference);
        if (width is not null && dense.Tensors.Config!.GetInt32("hidden_size") != width)
        {
            findings.Add(
                MixtureProblemKind.Configuration,
                $"'hidden_size' of model '{dense.Reference}' is {dense.Config["hidden_size"]?.ToJsonString() ?? "missing"}; its embedding is {width} wide.",
                dense.Reference);
        }

        (int most, string where) = recipe.Level == MixtureLevel.Model ? (dense.LayerCount - 1, "below the number of layers: one router decides at the first layer behind the dense ones") : (dense.LayerCount, "at most the number of layers");
        if (recipe.DenseLayers > most)
        {
            findings.Add(MixtureProblemKind.DenseLayers, $"'dense_layers' is {recipe.DenseLayers}; the model has {dense.LayerCount} layers, and at this level it is {where}.");
        }

        if (MixtureConfig.IsMixtralButForPositions(recipe, dense))
        {
            findings.Warn(
                $"'model_type' is 'mixtral_hybrid', which the engine reads, and not 'mixtral': model '{dense.Reference}' has 'rope_scaling', or windows in some of its layers only, which readers of Mixtral may pass over in silence.");
        }

        CheckFeedForward(dense);
        CheckFloating(dense);
    }

    /// <summary>Checks an expert against the dense model.</summary>
    public void CheckExpert(MixtureModel expert)
    {
        if (!string.Equals(expert.Type, dense.Type, StringComparison.Ordinal))
        {
            findings.Add(
                MixtureProblemKind.Architecture, $"Expert '{expert.Reference}' is of type '{expert.Type}', the dense model of '{dense.Type}'. {OtherWay}", expert.Reference);
            return;
        }

        int before = findings.Problems.Count;
        CheckTraits(expert);
        CheckSettings(expert);
        CheckVocabulary(expert);
        if (findings.Problems.Count == before)
        {
            CheckChatTemplate(expert);
        }

        if (findings.Problems.Count == before && expert.LayerCount == dense.LayerCount)
        {
            CheckTensors(expert);
        }

        CheckFloating(expert);
    }

    private static TensorShape? Matrix(IReadOnlyDictionary<string, TensorSource> tensors, string name) =>
        tensors.TryGetValue(name, out TensorSource? source) && source.Shape.Rank == 2 ? source.Shape : null;

    private void CheckFeedForward(MixtureModel model)
    {
        long? width = Matrix(model.Outside, MixtureNames.Embedding) is { } embedding ? embedding[1] : null;
        List<string> wrong = [];
        List<string> biases = [];
        for (int layer = 0; layer < model.LayerCount; layer++)
        {
            TensorShape?[] shapes = [.. MixtureNames.FeedForwardSuffixes.Select(suffix => Matrix(model.Layer(layer), suffix))];
            if (shapes is not [{ } gate, { } down, { } up] || gate != up || gate[0] != down[1] || gate[1] != down[0] || gate[1] != width)
            {
                wrong.Add(MixtureNames.Layer(layer) + MixtureNames.FeedForwardSuffixes[0]);
            }

            biases.AddRange(model.Layer(layer).Keys.Where(suffix => suffix.StartsWith(".mlp.", StringComparison.Ordinal) && MixtureNames.MixtralName(suffix) is null)
                .Select(suffix => MixtureNames.Layer(layer) + suffix));
        }

        findings.AddForTensors(
            MixtureProblemKind.Tensor, wrong, names => $"Model '{model.Reference}' has no feed-forward block of gate, up and down projection of one size at {names}.", model.Reference);
        if (IsFeedForward)
        {
            findings.AddForTensors(
                MixtureProblemKind.Tensor, biases, names => $"Model '{model.Reference}' has {names}, which experts of feed-forward level have no place for: mix at block level.", model.Reference);
        }
    }

    private void CheckFloating(MixtureModel model) => findings.AddForTensors(
        MixtureProblemKind.DataType,
        [
            .. model.Outside.Where(tensor => !tensor.Value.DataType.IsFloatingPoint).Select(tensor => tensor.Key),
            .. Enumerable.Range(0, model.LayerCount).SelectMany(layer => model.Layer(layer).Where(tensor => !tensor.Value.DataType.IsFloatingPoint).Select(tensor => MixtureNames.Layer(layer) + tensor.Key)),
        ],
        names => $"Model '{model.Reference}' stores {names} as integers or truth values, which are no weights.",
        model.Reference);

    private void CheckTraits(MixtureModel expert)
    {
        foreach (ConfigTrait trait in Traits.Select(name => ConfigTrait.Blocking.First(trait => string.Equals(trait.Name, name, StringComparison.Ordinal))))
        {
            string? own = trait.Of(dense.Config);
            string? other = trait.Of(expert.Config);
            if (string.Equals(own, other, StringComparison.Ordinal))
            {
                continue;
            }

            if (IsFeedForward && Array.IndexOf(AttentionTraits, trait.Name) >= 0)
            {
                findings.Warn($"Expert '{expert.Reference}' was trained with '{trait.Name}' {other ?? "none"}; attention is the dense model's, with {own ?? "none"}.");
                continue;
            }

            findings.Add(
                MixtureProblemKind.Geometry, $"'{trait.Name}' of expert '{expert.Reference}' is {other ?? "missing"}, that of the dense model {own ?? "missing"}. {OtherWay}", expert.Reference);
        }
    }

    private void CheckSettings(MixtureModel expert)
    {
        foreach ((string key, JsonNode? value) in expert.Settings.DifferencesFrom(dense.Settings))
        {
            if (IsFeedForward)
            {
                findings.Warn($"Expert '{expert.Reference}' was trained with '{key}' {value?.ToJsonString() ?? "null"}; attention and norms are the dense model's, which have another.");
            }
        }

        if (!IsFeedForward && expert.Settings.WindowLayers is { } layers && !string.Equals(layers, dense.Settings.WindowLayers ?? LayerSettings.AllLayers, StringComparison.Ordinal))
        {
            findings.Add(
                MixtureProblemKind.Setting,
                $"Expert '{expert.Reference}' has its window of attention in other layers than the dense model ('max_window_layers' or 'layer_types'), which a mixture cannot say. {OtherWay}",
                expert.Reference);
        }
    }

    private void CheckVocabulary(MixtureModel expert)
    {
        const string Remedy = "All experts share the dense model's embeddings: give the expert its tokenizer by a merge with 'tokenizer', or route between whole models by text.";
        TensorShape? own = Matrix(dense.Outside, MixtureNames.Embedding);
        TensorShape? other = Matrix(expert.Outside, MixtureNames.Embedding);
        if (own is { } rows && other is { } others && rows[0] != others[0])
        {
            findings.Add(MixtureProblemKind.Vocabulary, $"Expert '{expert.Reference}' has {others[0]} rows of tokens, the dense model {rows[0]}. {Remedy}", expert.Reference, MixtureNames.Embedding);
            return;
        }

        Vocabulary? known = Tokens(dense);
        Vocabulary? tokens = Tokens(expert);
        if ((known is null) != (tokens is null))
        {
            findings.Warn($"Model '{(known is null ? dense : expert).Reference}' has no tokenizer files: whether its tokens are those of '{(known is null ? expert : dense).Reference}' is not known.");
        }
        else if (known is not null && tokens is not null && !known.Tokens.SequenceEqual(tokens.Tokens, StringComparer.Ordinal))
        {
            int first = known.Tokens.Zip(tokens.Tokens).TakeWhile(pair => string.Equals(pair.First, pair.Second, StringComparison.Ordinal)).Count();
            findings.Add(MixtureProblemKind.Vocabulary, $"From number {first} on the tokens of expert '{expert.Reference}' are others than the dense model's. {Remedy}", expert.Reference);
        }
    }

    private void CheckChatTemplate(MixtureModel expert)
    {
        if (dense.Tensors.Folder is not { } own || expert.Tensors.Folder is not { } other)
        {
            return;
        }

        try
        {
            if (!string.Equals(TokenizerFiles.TryReadChatTemplate(own), TokenizerFiles.TryReadChatTemplate(other), StringComparison.Ordinal))
            {
                findings.Warn(
                    $"Expert '{expert.Reference}' has another chat template than the dense model '{dense.Reference}', whose template the mixture has: conversations are put to the expert in another form than it was trained on.");
            }
        }
        catch (ModelDataException error)
        {
            findings.Add(MixtureProblemKind.Vocabulary, $"The chat templates of models '{dense.Reference}' and '{expert.Reference}' cannot be compared: {error.Message}", expert.Reference);
        }
    }

    private Vocabulary? Tokens(MixtureModel model)
    {
        try
        {
            return model.Tensors.Folder is { } folder ? Vocabulary.TryRead(folder) : null;
        }
        catch (ModelDataException error)
        {
            findings.Add(MixtureProblemKind.Vocabulary, $"Model '{model.Reference}': {error.Message}", model.Reference);
            return null;
        }
    }

    private void CheckTensors(MixtureModel expert)
    {
        List<string> missing = [];
        List<string> surplus = [];
        List<string> shapes = [];
        for (int layer = recipe.DenseLayers; layer < dense.LayerCount; layer++)
        {
            IReadOnlyDictionary<string, TensorSource> own = dense.Layer(layer);
            IReadOnlyDictionary<string, TensorSource> others = expert.Layer(layer);
            foreach ((string suffix, TensorSource source) in own.Where(tensor => !IsFeedForward || MixtureNames.MixtralName(tensor.Key) is not null))
            {
                List<string>? wrong = !others.TryGetValue(suffix, out TensorSource? other) ? missing : other.Shape != source.Shape ? shapes : null;
                wrong?.Add(MixtureNames.Layer(layer) + suffix);
            }

            surplus.AddRange(others.Keys.Where(suffix => !own.ContainsKey(suffix) && (!IsFeedForward || suffix.StartsWith(".mlp.", StringComparison.Ordinal))).Select(suffix => MixtureNames.Layer(layer) + suffix));
        }

        string reference = expert.Reference;
        findings.AddForTensors(MixtureProblemKind.Tensor, missing, names => $"Expert '{reference}' lacks {names}, which the dense model has.", reference);
        findings.AddForTensors(MixtureProblemKind.Tensor, surplus, names => $"Expert '{reference}' has {names}, which the dense model lacks.", reference);
        findings.AddForTensors(MixtureProblemKind.Shape, shapes, names => $"In expert '{reference}' {names} have other shapes than in the dense model. {OtherWay}", reference);
    }
}

namespace ModelTensors.Adapters;

/// <summary>Makes modules of the tensors that belong to them, and reports those that do not fit.</summary>
internal sealed class AdapterModules(LoraConfig config, List<AdapterProblem> problems)
{
    /// <summary>Makes a module.</summary>
    /// <param name="path">Its path in the model.</param>
    /// <param name="parts">Its tensors.</param>
    /// <returns>Null when they do not fit, or when an AdaLoRA has left nothing of it.</returns>
    public LoraModule? Module(string path, Dictionary<AdapterTensorRole, (string Name, TensorSource Source)> parts)
    {
        bool isEmbedding = parts.ContainsKey(AdapterTensorRole.EmbeddingA) || parts.ContainsKey(AdapterTensorRole.EmbeddingB);
        AdapterTensorRole roleA = isEmbedding ? AdapterTensorRole.EmbeddingA : AdapterTensorRole.A;
        AdapterTensorRole roleB = isEmbedding ? AdapterTensorRole.EmbeddingB : AdapterTensorRole.B;
        HashSet<AdapterTensorRole> needed = [roleA, roleB];
        AddIf(config.HasLoraBias && !isEmbedding, AdapterTensorRole.Bias);
        AddIf(config.UsesMagnitudes, AdapterTensorRole.Magnitude);
        AddIf(config.IsAdaptive, AdapterTensorRole.SingularValues);
        AddIf(parts.ContainsKey(AdapterTensorRole.RankNumber), AdapterTensorRole.RankNumber);
        if (!needed.SetEquals(parts.Keys))
        {
            string had = string.Join(", ", parts.Values.Select(part => $"'{part.Name}'"));
            Add(AdapterError.MissingFactor, $"Module '{path}' of the adapter needs {string.Join(", ", needed.Select(Named))}; it has {had}.", parts.Values.First().Name);
            return null;
        }

        TensorSource? bias = parts.GetValueOrDefault(AdapterTensorRole.Bias).Source;
        TensorSource? magnitude = parts.GetValueOrDefault(AdapterTensorRole.Magnitude).Source;
        TensorSource? values = parts.GetValueOrDefault(AdapterTensorRole.SingularValues).Source;
        (TensorSource a, TensorSource b) = (parts[roleA].Source, parts[roleB].Source);
        int rank = config.RankOf(path);
        LoraModuleKind kind = isEmbedding ? LoraModuleKind.Embedding : a.Shape.Rank > 2 ? LoraModuleKind.Convolution : LoraModuleKind.Linear;
        if (!Fits(kind, rank, a.Shape, b.Shape) || (bias is not null && (bias.Shape.Rank != 1 || bias.Shape[0] != b.Shape[0]))
            || (magnitude is not null && !LoraModule.FitsMagnitude(magnitude.Shape, b.Shape, kind))
            || (values is not null && (values.Shape.ElementCount != rank || values.Shape.Rank != 2)))
        {
            bool isGrouped = kind == LoraModuleKind.Convolution && a.Shape.Rank == b.Shape.Rank && b.Shape[1] != rank;
            string and = string.Concat(parts.Where(part => part.Key != roleA && part.Key != roleB).Select(part => $", {Named(part.Key)} of {part.Value.Source.Shape}"));
            Add(
                AdapterError.FactorShape,
                $"Module '{path}' of the adapter has rank {rank} by its configuration, but A of shape {a.Shape}, B of {b.Shape}{and}; they are [rank, in] and [out, rank], others [out]."
                    + (isGrouped ? " Convolutions of several groups are not supported." : string.Empty),
                parts[roleA].Name);
            return null;
        }

        double scaling = config.ScalingOf(path);
        if (config.IsAdaptive)
        {
            if (rank == 0)
            {
                return null;
            }

            scaling = parts.TryGetValue(AdapterTensorRole.RankNumber, out (string Name, TensorSource Source) number) ? config.AdaptiveScaling(First(number.Source)) : scaling;
            a = new ScaledRowsSource(a, values!);
        }

        if (!double.IsFinite((float)scaling))
        {
            Add(AdapterError.ConfigInvalid, $"Module '{path}' of the adapter has scaling {scaling}, which is not finite.", parts[roleA].Name);
            return null;
        }

        return new LoraModule(path, kind, a, b, scaling, bias, kind == LoraModuleKind.Linear && config.IsFanInFanOut, magnitude);

        void AddIf(bool isNeeded, AdapterTensorRole role)
        {
            if (isNeeded)
            {
                needed.Add(role);
            }
        }
    }

    private static bool Fits(LoraModuleKind kind, int rank, TensorShape a, TensorShape b) =>
        a.Rank >= 2 && b.Rank == a.Rank && (a.Rank == 2 || kind == LoraModuleKind.Convolution)
        && a[0] == rank && b[1] == rank && (rank == 0 || a.ElementCount > 0) && b.ElementCount == b[0] * rank;

    private static string Named(AdapterTensorRole role) => role switch
    {
        AdapterTensorRole.A => "lora_A",
        AdapterTensorRole.B => "lora_B",
        AdapterTensorRole.EmbeddingA => "lora_embedding_A",
        AdapterTensorRole.EmbeddingB => "lora_embedding_B",
        AdapterTensorRole.Bias => "the bias of lora_B",
        AdapterTensorRole.Magnitude => "lora_magnitude_vector",
        AdapterTensorRole.SingularValues => "lora_E",
        _ => "ranknum",
    };

    private static float First(TensorSource source) => source.Shape.ElementCount == 1 ? FloatReader.ReadAll(source)[0] : float.NaN;

    private void Add(AdapterError error, string message, string? name) => problems.Add(new AdapterProblem(error, message, name));
}

namespace ModelTensors.Adapters;

/// <summary>The name of a tensor in a PEFT file, taken apart: the names decide what a tensor is, never its shape.</summary>
/// <param name="Role">What the tensor is.</param>
/// <param name="Target">The path of the module, or for a whole tensor its name in the model; for an unknown one, why it is not read.</param>
internal readonly record struct AdapterTensorName(AdapterTensorRole Role, string Target)
{
    public const string Prefix = "base_model.model.";

    // Files saved by hand keep the name of the adapter, which PEFT strips.
    private static readonly (string Suffix, AdapterTensorRole Role)[] Suffixes =
    [
        (".lora_A.weight", AdapterTensorRole.A), (".lora_A.default.weight", AdapterTensorRole.A),
        (".lora_B.weight", AdapterTensorRole.B), (".lora_B.default.weight", AdapterTensorRole.B),
        (".lora_B.bias", AdapterTensorRole.Bias), (".lora_B.default.bias", AdapterTensorRole.Bias),
        (".lora_magnitude_vector", AdapterTensorRole.Magnitude), (".lora_magnitude_vector.default", AdapterTensorRole.Magnitude),
        (".lora_magnitude_vector.weight", AdapterTensorRole.Magnitude), (".lora_magnitude_vector.default.weight", AdapterTensorRole.Magnitude),
        (".lora_embedding_A", AdapterTensorRole.EmbeddingA), (".lora_embedding_A.default", AdapterTensorRole.EmbeddingA),
        (".lora_embedding_B", AdapterTensorRole.EmbeddingB), (".lora_embedding_B.default", AdapterTensorRole.EmbeddingB),
    ];

    // AdaLoRA's are parameters, not layers with a weight.
    private static readonly (string Suffix, AdapterTensorRole Role)[] AdaptiveSuffixes =
    [
        (".lora_A", AdapterTensorRole.A), (".lora_A.default", AdapterTensorRole.A),
        (".lora_B", AdapterTensorRole.B), (".lora_B.default", AdapterTensorRole.B),
        (".lora_E", AdapterTensorRole.SingularValues), (".lora_E.default", AdapterTensorRole.SingularValues),
        (".ranknum", AdapterTensorRole.RankNumber), (".ranknum.default", AdapterTensorRole.RankNumber),
    ];

    private static readonly (string Mark, string Reason)[] Refused =
    [
        ("trainable_tokens_", "trained tokens are not supported; train the embedding with 'modules_to_save' instead"),
        ("lora_E", "it belongs to AdaLoRA, which 'peft_type' does not say"),
        ("lora_", "no LoRA tensor of that name is known"),
    ];

    /// <summary>Takes a name apart.</summary>
    /// <param name="name">The tensor's name in the file.</param>
    /// <param name="isAdaptive">Whether the adapter is an AdaLoRA, which has names of its own.</param>
    public static AdapterTensorName Parse(string name, bool isAdaptive)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return new AdapterTensorName(AdapterTensorRole.Unknown, $"names of PEFT begin with '{Prefix}'");
        }

        string rest = name[Prefix.Length..];
        foreach ((string suffix, AdapterTensorRole role) in isAdaptive ? AdaptiveSuffixes : Suffixes)
        {
            if (rest.Length > suffix.Length && rest.EndsWith(suffix, StringComparison.Ordinal))
            {
                return new AdapterTensorName(role, rest[..^suffix.Length]);
            }
        }

        foreach ((string mark, string reason) in Refused)
        {
            if (rest.Contains(mark, StringComparison.Ordinal))
            {
                return new AdapterTensorName(AdapterTensorRole.Unknown, reason);
            }
        }

        string whole = rest
            .Replace(".modules_to_save.default.", ".", StringComparison.Ordinal)
            .Replace(".modules_to_save.", ".", StringComparison.Ordinal)
            .Replace(".base_layer.", ".", StringComparison.Ordinal);
        return new AdapterTensorName(AdapterTensorRole.Whole, whole);
    }
}

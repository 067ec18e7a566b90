namespace ModelTensors.Adapters;

/// <summary>One module of a LoRA adapter: two factors whose scaled product is added to a weight.</summary>
/// <remarks>Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models" (arXiv 2106.09685), section 4.1: <c>W + scaling · B A</c>.</remarks>
public sealed class LoraModule
{
    /// <summary>Creates a module: of an adapter in memory, or of one that is computed while it is read.</summary>
    /// <param name="path">The module's path in the model, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
    /// <param name="kind">The kind of layer.</param>
    /// <param name="a">The factor beside the inputs: [rank, in], or [rank, in, k…] for a convolution.</param>
    /// <param name="b">The factor beside the outputs: [out, rank], or [out, rank, 1…] for a convolution.</param>
    /// <param name="scaling">The factor of the product; finite.</param>
    /// <param name="bias">What is added, scaled, to the layer's bias: [out]; null for none. Embeddings have none.</param>
    /// <param name="isTransposed">Whether a linear layer's weight is stored [in, out] (<c>fan_in_fan_out</c>).</param>
    /// <param name="magnitude">DoRA's norms of the outputs' weights: [out], or [1, out, 1…] for a convolution; null for a plain product.</param>
    /// <exception cref="ArgumentException">The factors fit neither each other nor the kind of layer.</exception>
    public LoraModule(
        string path, LoraModuleKind kind, TensorSource a, TensorSource b, double scaling = 1, TensorSource? bias = null, bool isTransposed = false,
        TensorSource? magnitude = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        bool fits = a.Shape.Rank >= 2 && b.Shape.Rank == a.Shape.Rank && (a.Shape.Rank == 2) == (kind != LoraModuleKind.Convolution)
            && a.Shape[0] >= 1 && a.Shape[0] == b.Shape[1] && a.Shape.ElementCount > 0 && b.Shape.ElementCount == b.Shape[0] * b.Shape[1]
            && (bias is null || (bias.Shape.Rank == 1 && bias.Shape[0] == b.Shape[0] && kind != LoraModuleKind.Embedding))
            && (magnitude is null || FitsMagnitude(magnitude.Shape, b.Shape, kind));
        if (!fits)
        {
            throw new ArgumentException($"Module '{path}' ({kind}) has factors A {a.Shape} and B {b.Shape}; they are [rank, in] and [out, rank], a bias and a magnitude [out].", nameof(b));
        }

        if (!double.IsFinite(scaling) || (isTransposed && kind != LoraModuleKind.Linear))
        {
            throw new ArgumentException($"Module '{path}' ({kind}) has scaling {scaling}, transposed {isTransposed}: a scaling is finite, and only linear weights are stored [in, out].", nameof(scaling));
        }

        Path = path;
        Kind = kind;
        A = a;
        B = b;
        Bias = bias;
        Magnitude = magnitude;
        Scaling = scaling;
        IsTransposed = isTransposed;
        long inputs = a.Shape.ElementCount / a.Shape[0];
        long outputs = b.Shape[0];
        UpdateShape = kind switch
        {
            LoraModuleKind.Convolution => new TensorShape([outputs, .. a.Shape.Dimensions.AsSpan()[1..]]),
            LoraModuleKind.Embedding => new TensorShape(inputs, outputs),
            _ => isTransposed ? new TensorShape(inputs, outputs) : new TensorShape(outputs, inputs),
        };
    }

    /// <summary>Gets the module's path in the model, such as <c>model.layers.0.self_attn.q_proj</c>.</summary>
    public string Path { get; }

    /// <summary>Gets the kind of layer.</summary>
    public LoraModuleKind Kind { get; }

    /// <summary>Gets the factor beside the inputs; its first dimension is the rank.</summary>
    public TensorSource A { get; }

    /// <summary>Gets the factor beside the outputs; its second dimension is the rank.</summary>
    public TensorSource B { get; }

    /// <summary>Gets what <c>lora_bias</c> adds, scaled, to the layer's bias; null for most adapters.</summary>
    public TensorSource? Bias { get; }

    /// <summary>Gets DoRA's magnitudes: the norms that the weights of the outputs have after the product was added; null for a plain product.</summary>
    /// <remarks>
    /// Liu et al. 2024, "DoRA: Weight-Decomposed Low-Rank Adaptation" (arXiv 2402.09353), equation 5: <c>W' = m · V / ‖V‖</c> with <c>V = W + scaling · B A</c>
    /// and one norm for each output, over all inputs of it (of an embedding's width, over all tokens).
    /// </remarks>
    public TensorSource? Magnitude { get; }

    /// <summary>Gets the rank.</summary>
    public long Rank => A.Shape[0];

    /// <summary>Gets the factor of the product: alpha over the rank, or over its square root with rsLoRA.</summary>
    public double Scaling { get; }

    /// <summary>Gets whether the weight is stored [in, out] (<c>fan_in_fan_out</c>), so that the product is added transposed.</summary>
    public bool IsTransposed { get; }

    /// <summary>Gets the shape of the weight to which the product is added.</summary>
    public TensorShape UpdateShape { get; }

    /// <summary>Gets the name of the weight in the model.</summary>
    public string WeightName => Path + ".weight";

    /// <summary>Gets the name of the bias in the model.</summary>
    public string BiasName => Path + ".bias";

    /// <summary>Tells whether magnitudes have the shape that belongs to a factor B.</summary>
    internal static bool FitsMagnitude(TensorShape magnitude, TensorShape b, LoraModuleKind kind) => kind == LoraModuleKind.Convolution
        ? magnitude.Rank == b.Rank && magnitude[1] == b[0] && magnitude.ElementCount == b[0]
        : magnitude.Rank == 1 && magnitude[0] == b[0];
}

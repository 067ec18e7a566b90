namespace ModelTensors.Adapters;

/// <summary>One module of a LoRA adapter: two factors whose scaled product is added to a weight.</summary>
/// <remarks>Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models" (arXiv 2106.09685), section 4.1: <c>W + scaling · B A</c>.</remarks>
public sealed class LoraModule
{
    internal LoraModule(string path, LoraModuleKind kind, TensorSource a, TensorSource b, TensorSource? bias, double alpha, double scaling, bool isTransposed)
    {
        Path = path;
        Kind = kind;
        A = a;
        B = b;
        Bias = bias;
        Alpha = alpha;
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

    /// <summary>Gets the rank.</summary>
    public long Rank => A.Shape[0];

    /// <summary>Gets the module's alpha.</summary>
    public double Alpha { get; }

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
}

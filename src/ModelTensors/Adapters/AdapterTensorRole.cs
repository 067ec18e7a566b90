namespace ModelTensors.Adapters;

/// <summary>What a tensor of an adapter is.</summary>
internal enum AdapterTensorRole
{
    /// <summary>The factor A of a linear layer or convolution.</summary>
    A,

    /// <summary>The factor B of a linear layer or convolution.</summary>
    B,

    /// <summary>The bias beside B.</summary>
    Bias,

    /// <summary>DoRA's magnitudes.</summary>
    Magnitude,

    /// <summary>AdaLoRA's singular values.</summary>
    SingularValues,

    /// <summary>AdaLoRA's rank, by which the product is divided.</summary>
    RankNumber,

    /// <summary>The factor A of an embedding.</summary>
    EmbeddingA,

    /// <summary>The factor B of an embedding.</summary>
    EmbeddingB,

    /// <summary>A tensor that replaces one of the model.</summary>
    Whole,

    /// <summary>Nothing that is known.</summary>
    Unknown,
}

namespace ModelAggregation.Mixture;

/// <summary>The kinds of routers.</summary>
public enum RouterKind
{
    /// <summary>A matrix: <c>logits = W x</c>.</summary>
    Linear,

    /// <summary>Two layers: <c>logits = W₂ silu(W₁ x + b₁) + b₂</c>.</summary>
    Mlp,
}

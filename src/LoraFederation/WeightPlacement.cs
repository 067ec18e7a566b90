namespace LoraFederation;

/// <summary>Which factor takes a client's weight and scaling.</summary>
public enum WeightPlacement
{
    /// <summary>The factor A, as in FLoRA and PEFT's <c>cat</c>: the bytes of B stay what the client sent.</summary>
    OnA,

    /// <summary>The factor B: the bytes of A stay.</summary>
    OnB,

    /// <summary>Both, so that each component has the same norm in A and B: the least loss in 16-bit types.</summary>
    Balanced,
}

namespace LoraFederation.Combining;

/// <summary>How adapters become one: the types of PEFT's <c>add_weighted_adapter</c>, for weights w and scalings s.</summary>
public enum CombinationType
{
    /// <summary>Factors beside each other: exactly <c>Σ w s B A</c>, of the sum of the ranks.</summary>
    Cat,

    /// <summary>Weighted sums of the factors; their product has cross terms. Equal ranks.</summary>
    Linear,

    /// <summary>The best approximation of <c>Σ w s B A</c> of a rank.</summary>
    Svd,

    /// <summary>TIES on the factors. Equal ranks.</summary>
    Ties,

    /// <summary>TIES on the products, decomposed.</summary>
    TiesSvd,

    /// <summary>DARE on the factors, added up. Equal ranks.</summary>
    DareLinear,

    /// <summary>DARE on the products, added up and decomposed.</summary>
    DareLinearSvd,

    /// <summary>DARE on the factors, with the election of TIES. Equal ranks.</summary>
    DareTies,

    /// <summary>DARE on the products, with the election of TIES, decomposed.</summary>
    DareTiesSvd,

    /// <summary>The largest entries of the factors, added up. Equal ranks.</summary>
    MagnitudePrune,

    /// <summary>The largest entries of the products, added up and decomposed.</summary>
    MagnitudePruneSvd,
}

namespace ModelAggregation.Zoo;

/// <summary>Why models cannot be compared.</summary>
public enum ZooError
{
    /// <summary>A model lacks a tensor that another has.</summary>
    TensorMissing,

    /// <summary>A tensor has different shapes in two models.</summary>
    ShapesDiffer,

    /// <summary>A tensor is of integers or truth values.</summary>
    NotFloats,

    /// <summary>A tensor has NaN or infinite elements.</summary>
    NotFinite,

    /// <summary>No tensor is of the part that was to be compared.</summary>
    NothingToCompare,

    /// <summary>A saved similarity is damaged, or of another kind or version.</summary>
    FileInvalid,
}

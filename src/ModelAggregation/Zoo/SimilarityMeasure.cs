namespace ModelAggregation.Zoo;

/// <summary>Of which vectors the cosine is taken.</summary>
public enum SimilarityMeasure
{
    /// <summary>Of each column of each tensor; the mean over the columns, then over the tensors, each of which counts once. Model-GLUE's measure.</summary>
    PerColumn,

    /// <summary>Of each tensor as one vector; the mean over the tensors, each of which counts once.</summary>
    PerTensor,

    /// <summary>Of all tensors together as one vector.</summary>
    WholeModel,
}

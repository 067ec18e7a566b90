namespace ModelAggregation.Merging;

/// <summary>What a merge found wrong with its data.</summary>
public enum MergeDataError
{
    /// <summary>Weights are NaN or infinite, and the recipe's policy is to fail.</summary>
    NonFiniteInput,

    /// <summary>Results do not fit the output's type, and the recipe's policy is to fail.</summary>
    NonFiniteOutput,

    /// <summary>An integer tensor that is to be copied differs between the models.</summary>
    IntegerTensorsDiffer,

    /// <summary>The models point in directions that cancel, and the method has no other answer.</summary>
    DirectionsCancel,

    /// <summary>The output folder is one of the models', or contains one.</summary>
    OutputIsInput,

    /// <summary>A row is too long to be ranked in the working memory.</summary>
    RowTooLong,

    /// <summary>Statistics of a model are negative, NaN, infinite, or not positive definite.</summary>
    UnusableStatistics,
}

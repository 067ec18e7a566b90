namespace ModelAggregation.Glue;

/// <summary>What a model of a pipeline is.</summary>
public enum GlueModelKind
{
    /// <summary>A model of the zoo as it is.</summary>
    Single,

    /// <summary>The merge that a strategy found.</summary>
    Search,

    /// <summary>A merge that was tried beside the searches.</summary>
    Candidate,

    /// <summary>The best of a family, as the pipeline has written it.</summary>
    Merged,

    /// <summary>A mixture.</summary>
    Mixture,
}

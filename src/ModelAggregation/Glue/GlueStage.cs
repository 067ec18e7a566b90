namespace ModelAggregation.Glue;

/// <summary>The stages of a pipeline, in their order.</summary>
public enum GlueStage
{
    /// <summary>The zoo's files are hashed, its models compared and put into families.</summary>
    Cluster,

    /// <summary>A family is searched for its best merge.</summary>
    Search,

    /// <summary>A family's best merge is written.</summary>
    Merge,

    /// <summary>A mixture of merged models is made.</summary>
    Mix,

    /// <summary>Models are scored on both sets.</summary>
    Score,

    /// <summary>The report is written.</summary>
    Report,
}

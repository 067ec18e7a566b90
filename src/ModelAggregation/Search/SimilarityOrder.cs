namespace ModelAggregation.Search;

/// <summary>Which candidate comes next.</summary>
public enum SimilarityOrder
{
    /// <summary>The one that is most alike to what is merged so far; Model-GLUE's "descending".</summary>
    MostAlikeFirst,

    /// <summary>The one that is least alike to it; Model-GLUE's "ascending".</summary>
    LeastAlikeFirst,
}

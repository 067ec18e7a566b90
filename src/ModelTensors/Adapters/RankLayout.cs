namespace ModelTensors.Adapters;

/// <summary>How modules of different ranks are written.</summary>
public enum RankLayout
{
    /// <summary>Each with its own rank, in <c>rank_pattern</c> and <c>alpha_pattern</c>. Readers that divide one alpha by each tensor's own rank scale these wrongly.</summary>
    PerModule,

    /// <summary>All with the greatest rank, their factors filled up with zeros: larger, the same product, and right in every reader.</summary>
    ZeroPadded,
}

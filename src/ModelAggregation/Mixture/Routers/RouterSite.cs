namespace ModelAggregation.Mixture.Routers;

/// <summary>Where in a layer a router is applied.</summary>
public enum RouterSite
{
    /// <summary>At the layer's input, as routers of whole layers are.</summary>
    LayerInput,

    /// <summary>At the input of the layer's feed-forward block, behind its norm, as routers of feed-forward blocks are.</summary>
    FeedForwardInput,
}

namespace ModelAggregation.Mixture.Routers;

/// <summary>The routers of a mixture, and what there is to say about them.</summary>
public sealed class RouterInitialization
{
    internal RouterInitialization(IReadOnlyList<Router> routers, int firstLayer, IReadOnlyList<RouterFit> fits)
    {
        Routers = routers;
        Fits = fits;
        Diagnostics = RouterDiagnostics.Of(routers, firstLayer);
    }

    /// <summary>Gets the routers as a mixture takes them: one for each layer that is mixed, from the first on; at model level one, that of the first.</summary>
    public IReadOnlyList<Router> Routers { get; }

    /// <summary>Gets how well they can tell the experts apart.</summary>
    public RouterDiagnostics Diagnostics { get; }

    /// <summary>Gets how they were fitted, in the order of <see cref="Routers"/>; empty where they were not.</summary>
    public IReadOnlyList<RouterFit> Fits { get; }
}

using ModelTensors;

namespace ModelAggregation.Mixture.Routers;

/// <summary>The error of a router that cannot be made.</summary>
public sealed class RouterException : ModelDataException
{
    internal RouterException(RouterError error, string message, int? expert = null, int? layer = null, string? tensorName = null, string? file = null)
        : base(message, file, tensorName)
    {
        Error = error;
        Expert = expert;
        Layer = layer;
    }

    /// <summary>Gets what is wrong.</summary>
    public RouterError Error { get; }

    /// <summary>Gets the expert at fault, from 0, if the error is about one.</summary>
    public int? Expert { get; }

    /// <summary>Gets the layer at fault, from 0, if the error is about one.</summary>
    public int? Layer { get; }
}

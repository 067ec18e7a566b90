using ModelTensors;

namespace ModelAggregation.Mixture;

/// <summary>A tensor of a mixture.</summary>
public sealed class MixtureTensor
{
    internal MixtureTensor(TensorInfo output, IReadOnlyList<MixtureInput> inputs, int? router = null)
    {
        Output = output;
        Inputs = inputs;
        Router = router;
    }

    /// <summary>Gets the name.</summary>
    public string Name => Output.Name;

    /// <summary>Gets its name, type and shape.</summary>
    public TensorInfo Output { get; }

    /// <summary>Gets what it is made of: one tensor, or where experts are packed theirs in the order in which they stand; none for a router.</summary>
    public IReadOnlyList<MixtureInput> Inputs { get; }

    /// <summary>Gets the number of the router that it is of, or null. The shapes of routers of two layers are those of the recipe's <see cref="MixtureRecipe.RouterHiddenSize"/>.</summary>
    public int? Router { get; }
}

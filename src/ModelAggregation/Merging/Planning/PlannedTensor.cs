using ModelTensors;

namespace ModelAggregation.Merging.Planning;

/// <summary>One tensor of the output: what it is made of, and how.</summary>
public sealed record PlannedTensor
{
    /// <summary>Gets the output's name, type and shape.</summary>
    public required TensorInfo Output { get; init; }

    /// <summary>Gets the inputs in the recipe's order, the base model last if the recipe does not list it. All have the output's shape.</summary>
    public required IReadOnlyList<PlannedInput> Inputs { get; init; }

    /// <summary>Gets the index of the base model among the inputs.</summary>
    /// <value>-1 when the recipe has none.</value>
    public int BaseIndex { get; init; } = -1;

    /// <summary>Gets the method's parameters, resolved for this tensor.</summary>
    public ParameterValues Parameters { get; init; } = ParameterValues.None;

    /// <summary>Gets whether the tensor is copied byte for byte from its first input instead of merged (integer tensors).</summary>
    public bool IsCopied { get; init; }

    /// <summary>Gets whether the tensor is an embedding or an output head, with one row for each token.</summary>
    public bool IsEmbedding { get; init; }

    /// <summary>Gets the name of the output tensor.</summary>
    public string Name => Output.Name;

    /// <summary>Gets the bytes of all inputs and their statistics, read once.</summary>
    internal long InputBytes => Inputs.Sum(input => input.Source.ByteLength + (input.Statistics?.Source.ByteLength ?? 0));

    /// <summary>Gets what passes go over: the inputs in order, then their statistics where those have the tensor's shape element by element.</summary>
    /// <param name="method">The method.</param>
    internal IReadOnlyList<TensorSource> SessionInputs(MergeMethod method) =>
    [
        .. Inputs.Select(input => input.Source),
        .. method.Statistics == MergeStatistics.Elementwise ? Inputs.Select(input => input.Statistics!.Source) : [],
    ];
}

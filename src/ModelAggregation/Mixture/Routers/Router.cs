using ModelTensors;

namespace ModelAggregation.Mixture.Routers;

/// <summary>Scores experts for a hidden state. Immutable.</summary>
public abstract class Router
{
    private protected Router(int expertCount, int hiddenSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(expertCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(hiddenSize, 1);
        ExpertCount = expertCount;
        HiddenSize = hiddenSize;
    }

    /// <summary>Gets the number of experts.</summary>
    public int ExpertCount { get; }

    /// <summary>Gets the size of a hidden state.</summary>
    public int HiddenSize { get; }

    /// <summary>Gets the kind.</summary>
    public abstract RouterKind Kind { get; }

    /// <summary>Gets the tensors in F32 by what comes behind the router's path: <c>weight</c> of a linear router; <c>0.weight</c>, <c>0.bias</c>, <c>2.weight</c> and <c>2.bias</c> of one of two layers.</summary>
    public abstract IReadOnlyList<KeyValuePair<string, HostTensor>> Tensors { get; }

    /// <summary>Computes the logits of a state, in double.</summary>
    /// <param name="state">The state: [hidden].</param>
    /// <param name="logits">Receives the logits: [experts].</param>
    /// <exception cref="ArgumentException">The sizes are others.</exception>
    public abstract void Score(ReadOnlySpan<float> state, Span<double> logits);
}

using ModelTensors;
using ModelTensors.Checkpoints;

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

    /// <summary>Reads a router.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="tensors">The tensors, such as those of a mixture.</param>
    /// <param name="path">The router's path in them, for example <c>model.layers.3.gate</c>.</param>
    /// <returns>The router, which needs the set no longer.</returns>
    /// <exception cref="RouterException">A tensor is missing, has another shape, is not of floats or not finite.</exception>
    public static Router FromTensors(RouterKind kind, TensorSet tensors, string path)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return kind switch
        {
            RouterKind.Linear => LinearRouter.Read(tensors, path),
            RouterKind.Mlp => MlpRouter.Read(tensors, path),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind of router."),
        };
    }

    /// <summary>Computes the logits of a state, in double.</summary>
    /// <param name="state">The state: [hidden].</param>
    /// <param name="logits">Receives the logits: [experts].</param>
    /// <exception cref="ArgumentException">The sizes are others.</exception>
    public abstract void Score(ReadOnlySpan<float> state, Span<double> logits);

    /// <summary>Chooses the experts of a state.</summary>
    /// <param name="state">The state: [hidden].</param>
    /// <param name="count">How many experts, k: from 1 to all.</param>
    /// <exception cref="ArgumentException">The sizes are others, or the state is not finite.</exception>
    public ExpertChoice Choose(ReadOnlySpan<float> state, int count)
    {
        double[] logits = new double[ExpertCount];
        Score(state, logits);
        return ExpertChoice.Of(logits, count);
    }

    private protected void CheckSizes(int state, int logits)
    {
        if (state != HiddenSize || logits != ExpertCount)
        {
            throw new ArgumentException($"A state of {state} numbers and {logits} logits: the router has a hidden size of {HiddenSize} and {ExpertCount} experts.");
        }
    }
}

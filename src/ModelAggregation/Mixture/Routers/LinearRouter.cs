using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Mixture.Routers;

/// <summary>A router that is a matrix without a bias: <c>logits = W x</c>, as Mixtral and Model-GLUE have it.</summary>
public sealed class LinearRouter : Router
{
    private readonly float[] _weights;

    /// <summary>Creates the router.</summary>
    /// <param name="expertCount">The number of experts.</param>
    /// <param name="hiddenSize">The size of a hidden state.</param>
    /// <param name="weights">The matrix, a row for each expert: [experts, hidden]. It is copied.</param>
    /// <exception cref="ArgumentException">The number of weights is another, or one is not finite.</exception>
    public LinearRouter(int expertCount, int hiddenSize, ReadOnlySpan<float> weights)
        : base(expertCount, hiddenSize)
    {
        _weights = RouterWeights.Copy(weights, (long)expertCount * hiddenSize, nameof(weights));
        Tensors = [RouterWeights.Tensor("weight", _weights, expertCount, hiddenSize)];
    }

    /// <inheritdoc />
    public override RouterKind Kind => RouterKind.Linear;

    /// <inheritdoc />
    public override IReadOnlyList<KeyValuePair<string, HostTensor>> Tensors { get; }

    /// <summary>Returns the row of an expert: [hidden].</summary>
    /// <param name="expert">The expert, from 0.</param>
    public ReadOnlySpan<float> Row(int expert) => _weights.AsSpan(checked(expert * HiddenSize), HiddenSize);

    /// <inheritdoc />
    public override void Score(ReadOnlySpan<float> state, Span<double> logits)
    {
        CheckSizes(state.Length, logits.Length);
        for (int expert = 0; expert < ExpertCount; expert++)
        {
            logits[expert] = RouterWeights.Dot(Row(expert), state);
        }
    }

    internal static LinearRouter Read(TensorSet tensors, string path)
    {
        (float[] weights, int experts, int hidden) = RouterWeights.ReadMatrix(tensors, $"{path}.weight");
        return new LinearRouter(experts, hidden, weights);
    }
}

using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Mixture.Routers;

/// <summary>A router of two layers: <c>logits = W₂ silu(W₁ x + b₁) + b₂</c>, with <c>silu(z) = z / (1 + e⁻ᶻ)</c>.</summary>
public sealed class MlpRouter : Router
{
    private readonly float[] _inputWeights;
    private readonly float[] _inputBiases;
    private readonly float[] _outputWeights;
    private readonly float[] _outputBiases;

    /// <summary>Creates the router; the weights are copied.</summary>
    /// <param name="expertCount">The number of experts.</param>
    /// <param name="hiddenSize">The size of a hidden state.</param>
    /// <param name="innerSize">The size of the layer between.</param>
    /// <param name="inputWeights">W₁: [inner, hidden].</param>
    /// <param name="inputBiases">b₁: [inner].</param>
    /// <param name="outputWeights">W₂: [experts, inner].</param>
    /// <param name="outputBiases">b₂: [experts].</param>
    /// <exception cref="ArgumentException">A number of weights is another, or one is not finite.</exception>
    public MlpRouter(
        int expertCount,
        int hiddenSize,
        int innerSize,
        ReadOnlySpan<float> inputWeights,
        ReadOnlySpan<float> inputBiases,
        ReadOnlySpan<float> outputWeights,
        ReadOnlySpan<float> outputBiases)
        : base(expertCount, hiddenSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(innerSize, 1);
        InnerSize = innerSize;
        _inputWeights = RouterWeights.Copy(inputWeights, (long)innerSize * hiddenSize, nameof(inputWeights));
        _inputBiases = RouterWeights.Copy(inputBiases, innerSize, nameof(inputBiases));
        _outputWeights = RouterWeights.Copy(outputWeights, (long)expertCount * innerSize, nameof(outputWeights));
        _outputBiases = RouterWeights.Copy(outputBiases, expertCount, nameof(outputBiases));
        Tensors =
        [
            RouterWeights.Tensor("0.weight", _inputWeights, innerSize, hiddenSize),
            RouterWeights.Tensor("0.bias", _inputBiases, innerSize),
            RouterWeights.Tensor("2.weight", _outputWeights, expertCount, innerSize),
            RouterWeights.Tensor("2.bias", _outputBiases, expertCount),
        ];
    }

    /// <summary>Gets the size of the layer between.</summary>
    public int InnerSize { get; }

    /// <inheritdoc />
    public override RouterKind Kind => RouterKind.Mlp;

    /// <inheritdoc />
    public override IReadOnlyList<KeyValuePair<string, HostTensor>> Tensors { get; }

    /// <summary>Returns the row of an expert in the second layer: [inner].</summary>
    /// <param name="expert">The expert, from 0.</param>
    public ReadOnlySpan<float> OutputRow(int expert) => _outputWeights.AsSpan(checked(expert * InnerSize), InnerSize);

    /// <inheritdoc />
    public override void Score(ReadOnlySpan<float> state, Span<double> logits)
    {
        CheckSizes(state.Length, logits.Length);
        double[] inner = new double[InnerSize];
        for (int i = 0; i < inner.Length; i++)
        {
            double sum = _inputBiases[i] + RouterWeights.Dot(_inputWeights.AsSpan(i * HiddenSize, HiddenSize), state);
            inner[i] = sum / (1 + Math.Exp(-sum));
        }

        for (int expert = 0; expert < ExpertCount; expert++)
        {
            ReadOnlySpan<float> row = OutputRow(expert);
            double sum = _outputBiases[expert];
            for (int i = 0; i < inner.Length; i++)
            {
                sum = Math.FusedMultiplyAdd(row[i], inner[i], sum);
            }

            logits[expert] = sum;
        }
    }

    internal static MlpRouter Read(TensorSet tensors, string path)
    {
        (float[] inputWeights, int inner, int hidden) = RouterWeights.ReadMatrix(tensors, $"{path}.0.weight");
        (float[] outputWeights, int experts, int columns) = RouterWeights.ReadMatrix(tensors, $"{path}.2.weight");
        if (columns != inner)
        {
            throw new RouterException(
                RouterError.TensorInvalid, $"Tensor '{path}.2.weight' has shape [{experts}, {columns}], '{path}.0.weight' [{inner}, {hidden}]: the second layer has as many columns as the first has rows.", tensorName: $"{path}.2.weight");
        }

        float[] inputBiases = RouterWeights.ReadVector(tensors, $"{path}.0.bias", inner);
        float[] outputBiases = RouterWeights.ReadVector(tensors, $"{path}.2.bias", experts);
        return new MlpRouter(experts, hidden, inner, inputWeights, inputBiases, outputWeights, outputBiases);
    }
}

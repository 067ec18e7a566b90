namespace ModelTensors.Adapters;

/// <summary>
/// A model's tensor with an adapter's update folded in while it is read: <c>y = fma(1, w, scale * acc)</c> with <c>acc = fma(left[i,k], right[k,j], acc)</c>
/// over ascending k, in float, as a matrix product with beta 1 has it. It is rounded to the stored type only by who writes it.
/// </summary>
internal sealed class AdaptedTensorSource : TensorSource
{
    private readonly TensorSource _weights;
    private readonly LowRankUpdate? _update;
    private readonly FactorCache _factors;

    /// <summary>Creates the source.</summary>
    /// <param name="weights">The tensor to start from: the model's, or the adapter's that replaces it.</param>
    /// <param name="stored">The type in which the model stores it.</param>
    /// <param name="update">What is added, if anything.</param>
    /// <param name="factors">Keeps the factors that were read last.</param>
    public AdaptedTensorSource(TensorSource weights, DataType stored, LowRankUpdate? update, FactorCache factors)
        : base(DataType.F32, weights.Shape)
    {
        _weights = weights;
        StoredDataType = stored;
        _update = update;
        _factors = factors;
    }

    public override DataType StoredDataType { get; }

    public override void Read(long start, Span<byte> destination)
    {
        Span<float> values = FloatReader.Read(_weights, start, destination);
        if (_update is not null)
        {
            _factors.Get(_update).AddTo(start, values);
        }
    }
}

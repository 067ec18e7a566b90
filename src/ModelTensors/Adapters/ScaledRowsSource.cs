namespace ModelTensors.Adapters;

/// <summary>A matrix whose rows are multiplied by one number each, as F32: AdaLoRA's factor A with its singular values, each product rounded once.</summary>
internal sealed class ScaledRowsSource : TensorSource
{
    private readonly TensorSource _source;
    private readonly long _columns;
    private readonly Lazy<float[]> _factors;

    public ScaledRowsSource(TensorSource source, TensorSource factors)
        : base(DataType.F32, source.Shape)
    {
        _source = source;
        _columns = source.Shape[1];
        // Read when first needed: opening an adapter reads headers only. A failed read is tried again by the next reader.
        _factors = new Lazy<float[]>(() => FloatReader.ReadAll(factors), LazyThreadSafetyMode.PublicationOnly);
    }

    public override void Read(long start, Span<byte> destination)
    {
        Span<float> values = FloatReader.Read(_source, start, destination);
        for (int done = 0; done < values.Length;)
        {
            (long row, long column) = Math.DivRem(start + done, _columns);
            Span<float> run = values.Slice(done, (int)Math.Min(_columns - column, values.Length - done));
            float factor = _factors.Value[row];
            foreach (ref float value in run)
            {
                value *= factor;
            }

            done += run.Length;
        }
    }
}

namespace ModelTensors.Devices.Cpu;

/// <summary>Takes what is written of a whole tensor and passes on a run of it.</summary>
/// <param name="part">Receives the run.</param>
/// <param name="firstElement">The index of the run's first element in the whole.</param>
/// <param name="whole">The shape of the whole.</param>
internal sealed class PartSink(TensorSink part, long firstElement, TensorShape whole) : TensorSink(part.DataType, whole)
{
    public override void Write(long start, ReadOnlySpan<byte> source)
    {
        int size = DataType.Size;
        long from = Math.Max(start, firstElement);
        long to = Math.Min(start + (source.Length / size), firstElement + part.Shape.ElementCount);
        if (from < to)
        {
            part.Write(from - firstElement, source.Slice((int)((from - start) * size), (int)((to - from) * size)));
        }
    }
}

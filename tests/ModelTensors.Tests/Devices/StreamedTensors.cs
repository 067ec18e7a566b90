namespace ModelTensors.Tests.Devices;

/// <summary>A source that lends nothing and may fail.</summary>
internal sealed class StreamedSource(TensorSource source, long failsAt = long.MaxValue) : TensorSource(source.DataType, source.Shape)
{
    public override void Read(long start, Span<byte> destination)
    {
        if (start + (destination.Length / DataType.Size) > failsAt)
        {
            throw new EndOfStreamException("The file has shrunk.");
        }

        source.Read(start, destination);
    }
}

/// <summary>A sink that lends nothing.</summary>
internal sealed class StreamedSink(TensorSink sink) : TensorSink(sink.DataType, sink.Shape)
{
    public override void Write(long start, ReadOnlySpan<byte> source) => sink.Write(start, source);
}

using ModelTensors;

namespace ModelAggregation.Merging.Methods;

/// <summary>Views of consecutive rows of a matrix.</summary>
internal static class RowRange
{
    public static TensorSource Of(TensorSource matrix, long first, long rows) => new Source(matrix, first, rows);

    public static TensorSink Of(TensorSink matrix, long first, long rows) => new Sink(matrix, first, rows);

    private sealed class Source(TensorSource matrix, long first, long rows) : TensorSource(matrix.DataType, new TensorShape(rows, matrix.Shape[1]))
    {
        private readonly long _start = first * matrix.Shape[1];

        public override void Read(long start, Span<byte> destination) => matrix.Read(_start + start, destination);

        public override bool TryGetSpan(long start, int count, out ReadOnlySpan<byte> bytes) => matrix.TryGetSpan(_start + start, count, out bytes);
    }

    private sealed class Sink(TensorSink matrix, long first, long rows) : TensorSink(matrix.DataType, new TensorShape(rows, matrix.Shape[1]))
    {
        private readonly long _start = first * matrix.Shape[1];

        public override void Write(long start, ReadOnlySpan<byte> source) => matrix.Write(_start + start, source);

        public override bool TryGetSpan(long start, int count, out Span<byte> bytes) => matrix.TryGetSpan(_start + start, count, out bytes);
    }
}

using ModelAggregation.Merging.Planning;
using ModelTensors;

namespace ModelAggregation.Merging.Execution;

/// <summary>Copies a tensor that cannot be averaged from its first input, if all inputs agree on every byte.</summary>
internal static class IntegerCopy
{
    private const int BufferLength = 1 << 20;

    public static void Run(PlannedTensor tensor, TensorSink sink, Action<long> bytesRead, CancellationToken cancellationToken)
    {
        int size = sink.DataType.Size;
        byte[] first = new byte[BufferLength];
        byte[] other = new byte[BufferLength];
        long count = sink.Shape.ElementCount;
        for (long start = 0; start < count; start += BufferLength / size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int length = (int)Math.Min(BufferLength / size, count - start) * size;
            tensor.Inputs[0].Source.Read(start, first.AsSpan(0, length));
            foreach (PlannedInput input in tensor.Inputs.Skip(1))
            {
                input.Source.Read(start, other.AsSpan(0, length));
                if (!first.AsSpan(0, length).SequenceEqual(other.AsSpan(0, length)))
                {
                    throw new MergeDataException(
                        MergeDataError.IntegerTensorsDiffer,
                        $"Tensor '{tensor.Name}' ({sink.DataType.SafetensorsName}) differs between models '{tensor.Inputs[0].Model}' and '{input.Model}', and integers are copied, not merged.",
                        tensorName: tensor.Name,
                        model: input.Model);
                }
            }

            sink.Write(start, first.AsSpan(0, length));
            bytesRead((long)length * tensor.Inputs.Count);
        }
    }
}

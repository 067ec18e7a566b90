using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation;

/// <summary>Reads the factors of an adapter into memory, several at a time.</summary>
internal static class AdapterMemory
{
    // Elements that are read at once: they stay in the second-level cache while a factor is put together.
    private const int Piece = 1 << 16;

    /// <summary>Copies an adapter whose factors may be computed while they are read.</summary>
    public static LoraAdapter Copy(LoraAdapter adapter, LoraAdapterWriterOptions options, int threads, CancellationToken cancellationToken)
    {
        List<(TensorSource Source, HostTensor Place)> work = [];
        LoraModule[] modules =
        [
            .. adapter.Modules.Select(module => new LoraModule(
                module.Path, module.Kind, Place(module.A), Place(module.B), module.Scaling, module.Bias is null ? null : Place(module.Bias), module.IsTransposed)),
        ];
        Dictionary<string, TensorSource> whole = adapter.WholeTensors.ToDictionary(tensor => tensor.Key, tensor => Place(tensor.Value), StringComparer.Ordinal);
        Read(work, threads, cancellationToken);
        return new LoraAdapter(modules, whole, options);

        TensorSource Place(TensorSource source)
        {
            HostTensor place = new(source.DataType, source.Shape);
            work.Add((source, place));
            return place.Source;
        }
    }

    /// <summary>Reads tensors to their places.</summary>
    public static void Read(IReadOnlyList<(TensorSource Source, HostTensor Place)> work, int threads, CancellationToken cancellationToken) =>
        Parallel.ForEach(work, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken }, item =>
        {
            long count = item.Source.Shape.ElementCount;
            for (long start = 0; start < count; start += Piece)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (item.Place.Sink.TryGetSpan(start, (int)Math.Min(Piece, count - start), out Span<byte> place))
                {
                    item.Source.Read(start, place);
                }
            }
        });
}

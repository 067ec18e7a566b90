using ModelTensors.Devices;

namespace DataShapley.Neighbors;

/// <summary>Rows of features and what each is labelled with.</summary>
/// <typeparam name="TLabel">An <see cref="int"/> for classes, 0 or more, or a <see cref="double"/> for regression targets.</typeparam>
/// <param name="Features">n × d; F32, F16 or BF16, finite. A view; its tensor stays alive as long as the data are used.</param>
/// <param name="Labels">n labels.</param>
public sealed record NeighborData<TLabel>(Matrix Features, ReadOnlyMemory<TLabel> Labels)
    where TLabel : unmanaged;

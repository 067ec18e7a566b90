using ModelTensors;
using ModelTensors.Devices;

namespace ModelRuntime.Decoders;

/// <summary>The cached keys and values of a sequence in one layer.</summary>
/// <param name="Keys">The keys, turned: a row for each element of a head, a column for each token, more columns than tokens and whole vectors of them.</param>
/// <param name="Values">The values: a row for each token and at least one more.</param>
/// <param name="Count">The number of tokens.</param>
internal sealed record CachedHeads(HostTensor Keys, HostTensor Values, int Count)
{
    public Matrix KeyMatrix { get; } = Matrix.Of(Keys).Block(0, 0, Keys.Shape[0], Count).Transposed;

    public Matrix ValueMatrix { get; } = Matrix.Of(Values).Block(0, 0, Count, Values.Shape[1]);
}

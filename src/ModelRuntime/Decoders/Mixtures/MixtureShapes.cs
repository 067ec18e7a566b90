using ModelTensors;

namespace ModelRuntime.Decoders.Mixtures;

/// <summary>The tensors of routers and of feed-forward experts.</summary>
internal static class MixtureShapes
{
    /// <summary>Returns the tensors of the router of a layer; none where a layer before decides.</summary>
    public static IEnumerable<WeightShape> Gate(DecoderConfig config, MixtureConfig mixture, int layer)
    {
        if (mixture.Level == ExpertLevel.Model && layer != mixture.DenseLayerCount)
        {
            yield break;
        }

        string path = MixtureNames.Gate(mixture.Level, layer);
        string? packed = mixture.Level == ExpertLevel.FeedForward ? MixtureNames.PackedGate(layer) : null;
        if (mixture.RouterHiddenSize is not { } inner)
        {
            yield return Moved(path, packed, ".weight", new TensorShape(mixture.ExpertCount, config.HiddenSize));
            yield break;
        }

        yield return Moved(path, packed, ".0.weight", new TensorShape(inner, config.HiddenSize));
        yield return Moved(path, packed, ".0.bias", new TensorShape(inner));
        yield return Moved(path, packed, ".2.weight", new TensorShape(mixture.ExpertCount, inner));
        yield return Moved(path, packed, ".2.bias", new TensorShape(mixture.ExpertCount));
    }

    /// <summary>Returns the tensors of a layer's router and of its experts.</summary>
    public static IEnumerable<WeightShape> FeedForward(DecoderConfig config, MixtureConfig mixture, int layer) =>
        Gate(config, mixture, layer).Concat(Enumerable.Range(0, mixture.ExpertCount).SelectMany(expert => Expert(config, mixture, layer, expert)));

    private static IEnumerable<WeightShape> Expert(DecoderConfig config, MixtureConfig mixture, int layer, int expert)
    {
        (int inner, int hidden) = (config.IntermediateSize, config.HiddenSize);
        (string gate, string up, string down) = DecoderShapes.Numbered(MixtureNames.Expert(mixture.Level, layer, expert) + ".");
        TensorShape opened = new(mixture.ExpertCount, 2L * inner, hidden);
        TensorShape closed = new(mixture.ExpertCount, hidden, inner);
        long size = (long)inner * hidden;
        yield return new WeightShape(gate + ".weight", new TensorShape(inner, hidden), new PackedPlace(MixtureNames.PackedGateUp(layer), opened, 2 * expert * size));
        yield return new WeightShape(up + ".weight", new TensorShape(inner, hidden), new PackedPlace(MixtureNames.PackedGateUp(layer), opened, ((2 * expert) + 1) * size));
        yield return new WeightShape(down + ".weight", new TensorShape(hidden, inner), new PackedPlace(MixtureNames.PackedDown(layer), closed, expert * size));
    }

    private static WeightShape Moved(string path, string? packed, string suffix, TensorShape shape) =>
        new(path + suffix, shape, packed is null ? null : new PackedPlace(packed + suffix, shape, 0));
}

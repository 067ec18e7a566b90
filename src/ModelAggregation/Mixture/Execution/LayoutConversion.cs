using ModelAggregation.Mixture.Planning;
using ModelTensors;

namespace ModelAggregation.Mixture.Execution;

/// <summary>The tensors of a mixture of feed-forward blocks with its experts stored the other way; what stands elsewhere keeps its place.</summary>
internal sealed class LayoutConversion
{
    private readonly MixtureCheckpoint _mixture;
    private readonly MixtureLayout _layout;

    // What each tensor of the input becomes; those that go into others become nothing.
    private readonly Dictionary<string, OutputTensor[]> _replaced = new(StringComparer.Ordinal);

    /// <summary>Plans the conversion.</summary>
    /// <exception cref="MixtureException">The mixture is of whole layers, or packed tensors would have several types.</exception>
    public LayoutConversion(MixtureCheckpoint mixture, MixtureLayout layout)
    {
        if (mixture.Level != MixtureLevel.FeedForward)
        {
            throw Problem(MixtureProblemKind.RecipeShape, "A mixture of whole layers is stored in one way: only experts of feed-forward blocks are packed.");
        }

        _mixture = mixture;
        _layout = layout;
        foreach (int layer in mixture.Layout == layout ? [] : mixture.Shape.MixedLayers)
        {
            ReplaceRouter(layer);
            if (layout == MixtureLayout.Packed)
            {
                Pack(layer);
            }
            else
            {
                Unpack(layer);
            }
        }
    }

    public IReadOnlyList<OutputTensor> Tensors() => [.. _mixture.Tensors.Names.SelectMany(name => _replaced.TryGetValue(name, out OutputTensor[]? others) ? others : [Of(name, Source(name))])];

    private static OutputTensor Of(string name, TensorSource source) => new(new TensorInfo(name, source.DataType, source.Shape), source);

    private static MixtureException Problem(MixtureProblemKind kind, string message, string? tensor = null) => new([new MixtureProblem(kind, message, tensor)]);

    private TensorSource Source(string name) => _mixture.Tensors.TryGet(name, out TensorSource? source)
        ? source
        : throw new InvalidOperationException($"The mixture lists tensor '{name}' but does not have it.");

    private void ReplaceRouter(int layer)
    {
        string from = MixtureNames.Gate(MixtureLevel.FeedForward, _mixture.Layout, layer);
        string to = MixtureNames.Gate(MixtureLevel.FeedForward, _layout, layer);
        string[] suffixes = _mixture.RouterKind == RouterKind.Linear ? [".weight"] : [".0.weight", ".0.bias", ".2.weight", ".2.bias"];
        foreach (string suffix in suffixes.Where(suffix => _mixture.Tensors.TryGet(from + suffix, out _)))
        {
            _replaced.Add(from + suffix, [Of(to + suffix, Source(from + suffix))]);
        }
    }

    private void Pack(int layer)
    {
        string[][] names = [.. Enumerable.Range(0, _mixture.ExpertCount).Select(expert => MixtureNames.Matrices(layer, expert, 0, 0).Select(matrix => matrix.Name).ToArray())];
        TensorSource[][] matrices = [.. names.Select(expert => expert.Select(Source).ToArray())];
        TensorShape shape = matrices[0][0].Shape;
        foreach ((string name, TensorSource source) in names.SelectMany(expert => expert).Zip(matrices.SelectMany(expert => expert)))
        {
            _replaced.Add(name, []);
            if (source.DataType != matrices[0][0].DataType)
            {
                throw Problem(MixtureProblemKind.DataType, $"Tensor '{name}' is {source.DataType.SafetensorsName}, '{names[0][0]}' {matrices[0][0].DataType.SafetensorsName}: packed experts have one type.", name);
            }
        }

        TensorShape gateUp = new(_mixture.ExpertCount, 2 * shape[0], shape[1]);
        TensorShape down = new(_mixture.ExpertCount, shape[1], shape[0]);
        _replaced[names[0][0]] =
        [
            Of(MixtureNames.Layer(layer) + MixtureNames.GateUp, new JoinedSource([.. matrices.SelectMany(expert => new[] { expert[0], expert[2] })], gateUp)),
            Of(MixtureNames.Layer(layer) + MixtureNames.Down, new JoinedSource([.. matrices.Select(expert => expert[1])], down)),
        ];
    }

    private void Unpack(int layer)
    {
        string gateUpName = MixtureNames.Layer(layer) + MixtureNames.GateUp;
        string downName = MixtureNames.Layer(layer) + MixtureNames.Down;
        TensorSource gateUp = Source(gateUpName);
        TensorSource down = Source(downName);
        long width = down.Shape[1];
        long inner = down.Shape[2];
        long size = width * inner;
        _replaced.Add(downName, []);
        _replaced[gateUpName] =
        [
            .. Enumerable.Range(0, _mixture.ExpertCount).SelectMany(expert => MixtureNames.Matrices(layer, expert, width, inner).Zip(
                [(gateUp, 2 * expert * size), (down, expert * size), (gateUp, ((2 * expert) + 1) * size)],
                (matrix, place) => Of(matrix.Name, new SlicedSource(place.Item1, place.Item2, matrix.Shape)))),
        ];
    }
}

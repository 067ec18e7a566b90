using System.Diagnostics.CodeAnalysis;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Decoders;

/// <summary>The tensors of a decoder by their Hugging Face names, those of Mixtral's first layout, in memory and in the type they were stored in.</summary>
internal sealed class DecoderWeights : IDisposable
{
    private readonly Dictionary<string, Weight> _weights = new(StringComparer.Ordinal);
    private readonly List<Weight> _ordered = [];

    private DecoderWeights()
    {
    }

    /// <summary>Gets the weights in the order of a model's modules.</summary>
    public IReadOnlyList<Weight> All => _ordered;

    /// <summary>Copies the tensors that a configuration asks for.</summary>
    /// <exception cref="RuntimeException">A tensor is missing or has another shape or type, or there are others.</exception>
    public static DecoderWeights Load(DecoderConfig config, TensorSet tensors)
    {
        DecoderWeights weights = new();
        try
        {
            HashSet<string> read = new(StringComparer.Ordinal);
            foreach (WeightShape weight in DecoderShapes.Of(config))
            {
                PackedPlace place = weight.Packed is { } packed && tensors.TryGet(packed.Name, out _) ? packed : new PackedPlace(weight.Name, weight.Shape, 0);
                read.Add(place.Name);
                weights.Add(new Weight(weight.Name, Read(tensors, place, weight.Shape)));
            }

            if (tensors.Names.FirstOrDefault(name => !read.Contains(name) && !IsLeftOut(name)) is { } stranger)
            {
                throw new RuntimeException(
                    RuntimeError.Unsupported,
                    $"Tensor '{stranger}' is no part of a {config.Architecture} decoder of {config.LayerCount} layers as its configuration describes it: the engine would compute without it.",
                    tensors.Folder,
                    stranger);
            }

            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Draws fresh weights in F32: matrices from a normal distribution, norms one, biases zero.</summary>
    public static DecoderWeights Create(DecoderConfig config, ulong seed)
    {
        DecoderWeights weights = new();
        foreach ((string name, TensorShape shape, _) in DecoderShapes.Of(config))
        {
            HostTensor tensor = new(DataType.F32, shape);
            if (shape.Rank == 2)
            {
                RandomWeights.Normal(tensor, config.InitializerRange, Philox.DeriveKey(seed, name, "weights"));
            }
            else if (name.EndsWith(".weight", StringComparison.Ordinal))
            {
                tensor.AsSpan<float>(0, (int)shape.ElementCount).Fill(1);
            }

            weights.Add(new Weight(name, tensor));
        }

        return weights;
    }

    public Weight this[string name] => _weights[name];

    public bool TryGet(string name, [NotNullWhen(true)] out Weight? weight) => _weights.TryGetValue(name, out weight);

    public void Dispose()
    {
        foreach (Weight weight in _ordered)
        {
            weight.Dispose();
        }
    }

    // A head beside tied embeddings is a copy of them, and older files have the frequencies of the rotary embedding.
    private static bool IsLeftOut(string name) =>
        string.Equals(name, DecoderShapes.HeadName, StringComparison.Ordinal) || name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);

    private static HostTensor Read(TensorSet tensors, PackedPlace place, TensorShape part)
    {
        (string name, TensorShape shape, long start) = place;
        if (!tensors.TryGet(name, out TensorSource? source))
        {
            throw Invalid(tensors, name, $"Tensor '{name}' is missing: the configuration asks for it with shape {shape}.");
        }

        if (source.Shape != shape)
        {
            throw Invalid(tensors, name, $"Tensor '{name}' has shape {source.Shape}; the configuration asks for {shape}.");
        }

        if (source.DataType is not (DataType.F32 or DataType.F16 or DataType.BF16))
        {
            throw Invalid(tensors, name, $"Tensor '{name}' is {source.DataType.SafetensorsName}; the engine computes with F32, F16 and BF16.");
        }

        return Floats.Copy(source, start, part);
    }

    private static RuntimeException Invalid(TensorSet tensors, string name, string message) => new(RuntimeError.TensorInvalid, message, tensors.Folder, name);

    private void Add(Weight weight)
    {
        _ordered.Add(weight);
        _weights.Add(weight.Name, weight);
    }
}

using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Safetensors;

namespace ModelAggregation.Conformance;

/// <summary>The tensors of a golden file.</summary>
internal sealed class GoldenTensors
{
    private readonly SafetensorsFile _file;

    private GoldenTensors(string name) => _file = SafetensorsFile.Open(Path.Combine(AppContext.BaseDirectory, "Vectors", name));

    public static GoldenTensors Inputs { get; } = new("inputs.safetensors");

    public static GoldenTensors Expected { get; } = new("expected.safetensors");

    public static GoldenTensors Masks { get; } = new("masks.safetensors");

    public static GoldenTensors Stochastic { get; } = new("stochastic.safetensors");

    public static GoldenTensors Embeddings { get; } = new("embeddings.safetensors");

    public TensorSource this[string name] => _file.TryGet(name, out TensorSource? source) ? source : throw new AssertionException($"{_file.Path} has no '{name}'.");

    /// <summary>Copies a tensor into memory, in its own type.</summary>
    public HostTensor Load(string name)
    {
        TensorSource source = this[name];
        HostTensor tensor = new(source.DataType, source.Shape);
        tensor.Sink.Write(0, TensorBytes.Read(source));
        return tensor;
    }

    public float[] Singles(string name) => TensorBytes.Singles(this[name]);
}

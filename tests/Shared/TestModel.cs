using System.Text.Json.Nodes;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Safetensors;

namespace ModelSdk.Testing;

/// <summary>A small model that a test writes out by hand: used in memory, or written to a folder.</summary>
internal sealed class TestModel : IDisposable
{
    private readonly OrderedDictionary<string, HostTensor> _tensors = new(StringComparer.Ordinal);

    public JsonObject? Config { get; set; }

    public HostTensor this[string name] => _tensors[name];

    /// <summary>Adds a tensor of values, rounded to the type.</summary>
    public TestModel Add(string name, DataType type, ReadOnlySpan<long> shape, params ReadOnlySpan<float> values)
    {
        _tensors.Add(name, HostTensor.FromSingles(values, new TensorShape(shape), type));
        return this;
    }

    /// <summary>Adds a vector of F32 values.</summary>
    public TestModel Add(string name, params ReadOnlySpan<float> values) => Add(name, DataType.F32, [values.Length], values);

    /// <summary>Adds a tensor as it is stored.</summary>
    public TestModel AddBytes(string name, DataType type, ReadOnlySpan<long> shape, ReadOnlySpan<byte> bytes)
    {
        HostTensor tensor = new(type, new TensorShape(shape));
        tensor.Sink.Write(0, bytes);
        _tensors.Add(name, tensor);
        return this;
    }

    public MemoryTensorSet ToSet() => new(_tensors, Config is null ? null : new ModelConfig(Config));

    /// <summary>Writes the model to a folder, its tensors dealt out to so many files in turn.</summary>
    public string Write(string folder, int shards = 1)
    {
        Directory.CreateDirectory(folder);
        for (int shard = 0; shard < shards; shard++)
        {
            string file = shards == 1 ? "model.safetensors" : $"model-{shard + 1:D5}-of-{shards:D5}.safetensors";
            KeyValuePair<string, HostTensor>[] own = [.. _tensors.Where((_, index) => index % shards == shard)];
            SafetensorsHeader header = SafetensorsHeader.Create(own.Select(item => new TensorInfo(item.Key, item.Value.DataType, item.Value.Shape)));
            using SafetensorsFileWriter writer = SafetensorsFileWriter.Create(Path.Combine(folder, file), header);
            foreach ((string name, HostTensor tensor) in own)
            {
                writer.GetSink(name).Write(0, TensorBytes.Read(tensor.Source));
            }
        }

        if (Config is not null)
        {
            File.WriteAllText(Path.Combine(folder, "config.json"), Config.ToJsonString());
        }

        return folder;
    }

    public void Dispose()
    {
        foreach (HostTensor tensor in _tensors.Values)
        {
            tensor.Dispose();
        }
    }
}

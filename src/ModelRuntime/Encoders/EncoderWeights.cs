using System.Security.Cryptography;
using System.Text;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Encoders;

/// <summary>The weights of an encoder, copied from a set of tensors in their stored types.</summary>
internal sealed class EncoderWeights : IDisposable
{
    private const string WordTable = "embeddings.word_embeddings.weight";
    private const int ElementsAtOnce = 1 << 20;

    private static readonly string[] Prefixes = [string.Empty, "bert.", "roberta."];

    private readonly List<HostTensor> _owned = [];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly TensorSet _set;
    private readonly string _prefix;

    /// <summary>Copies the weights; nothing is kept where one is not as it should be.</summary>
    public EncoderWeights(TensorSet set, EncoderConfig config)
    {
        _set = set;
        _prefix = Prefixes.FirstOrDefault(prefix => set.TryGet(prefix + WordTable, out _))
            ?? throw new RuntimeException(
                RuntimeError.TensorInvalid, $"There is no tensor '{WordTable}', with or without 'bert.' or 'roberta.' before it: is it an encoder?", set.Folder, WordTable);
        int hidden = config.HiddenSize;
        try
        {
            Words = Tensor(WordTable, config.VocabularySize, hidden);
            Positions = Tensor("embeddings.position_embeddings.weight", config.PositionCount, hidden);
            TokenTypes = Tensor("embeddings.token_type_embeddings.weight", config.TokenTypeCount, hidden);
            EmbeddingNorm = Norm("embeddings.LayerNorm", hidden);
            Layers = [.. Enumerable.Range(0, config.LayerCount).Select(layer => Layer($"encoder.layer.{layer}", config))];
            Pooler = set.TryGet($"{_prefix}pooler.dense.weight", out _) ? Dense("pooler.dense", hidden, hidden) : null;
            Fingerprint = Convert.ToHexStringLower(_hash.GetHashAndReset());
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public HostTensor Words { get; }

    public HostTensor Positions { get; }

    public HostTensor TokenTypes { get; }

    public NormWeights EmbeddingNorm { get; }

    public IReadOnlyList<EncoderLayer> Layers { get; }

    public DenseWeights? Pooler { get; }

    /// <summary>Gets the SHA-256 of all weights that are used, with their names, types and shapes.</summary>
    public string Fingerprint { get; }

    public void Dispose()
    {
        foreach (HostTensor tensor in _owned)
        {
            tensor.Dispose();
        }

        _hash.Dispose();
    }

    private EncoderLayer Layer(string name, EncoderConfig config) => new(
        Dense($"{name}.attention.self.query", config.HiddenSize, config.HiddenSize),
        Dense($"{name}.attention.self.key", config.HiddenSize, config.HiddenSize),
        Dense($"{name}.attention.self.value", config.HiddenSize, config.HiddenSize),
        Dense($"{name}.attention.output.dense", config.HiddenSize, config.HiddenSize),
        Norm($"{name}.attention.output.LayerNorm", config.HiddenSize),
        Dense($"{name}.intermediate.dense", config.IntermediateSize, config.HiddenSize),
        Dense($"{name}.output.dense", config.HiddenSize, config.IntermediateSize),
        Norm($"{name}.output.LayerNorm", config.HiddenSize));

    private DenseWeights Dense(string name, int outputs, int inputs) => new(Tensor($"{name}.weight", outputs, inputs), Vector($"{name}.bias", outputs));

    // Checkpoints of before 2019 call them gamma and beta.
    private NormWeights Norm(string name, int width) => _set.TryGet($"{_prefix}{name}.gamma", out _)
        ? new(Vector($"{name}.gamma", width), Vector($"{name}.beta", width))
        : new(Vector($"{name}.weight", width), Vector($"{name}.bias", width));

    private float[] Vector(string name, int width)
    {
        using HostTensor tensor = Copy(name, new TensorShape(width));
        return tensor.ToSingles();
    }

    private HostTensor Tensor(string name, int rows, int columns)
    {
        HostTensor tensor = Copy(name, new TensorShape(rows, columns));
        _owned.Add(tensor);
        return tensor;
    }

    private HostTensor Copy(string name, TensorShape shape)
    {
        string full = _prefix + name;
        if (!_set.TryGet(full, out TensorSource? source))
        {
            throw new RuntimeException(RuntimeError.TensorInvalid, $"There is no tensor '{full}', which the configuration asks for.", _set.Folder, full);
        }

        if (source.Shape != shape || source.DataType is not (DataType.F32 or DataType.F16 or DataType.BF16))
        {
            throw new RuntimeException(
                RuntimeError.TensorInvalid,
                $"Tensor '{full}' is {source.DataType.SafetensorsName} of shape {source.Shape}; the configuration asks for {shape}, and the engine for F32, F16 or BF16.",
                _set.Folder,
                full);
        }

        _hash.AppendData(Encoding.UTF8.GetBytes($"{name} {source.DataType.SafetensorsName} {shape}\n"));
        HostTensor tensor = new(source.DataType, shape);
        for (long start = 0; start < shape.ElementCount; start += ElementsAtOnce)
        {
            int count = (int)Math.Min(ElementsAtOnce, shape.ElementCount - start);
            _ = tensor.Sink.TryGetSpan(start, count, out Span<byte> bytes);
            source.Read(start, bytes);
            _hash.AppendData(bytes);
        }

        return tensor;
    }
}

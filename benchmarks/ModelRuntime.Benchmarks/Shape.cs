using ModelRuntime.Decoders;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Benchmarks;

/// <summary>A model with random weights, and the batch that it is measured with.</summary>
internal sealed record Shape(string Name, DecoderConfig Config, int Sequences, int Length)
{
    public static Shape Zoo { get; } = new("zoo, 0.33M", Llama(128, 96, 256, 3, 4, 2), 64, 17);

    public static Shape Small { get; } = new("15M", Llama(32_000, 288, 768, 6, 6, 6), 1, 512);

    public static Shape Medium { get; } = new("110M", Llama(32_000, 768, 2_048, 12, 12, 12), 1, 512);

    public static Shape Tiny { get; } = new("tiny", Llama(512, 64, 160, 2, 4, 2), 2, 64);

    public static IReadOnlyList<Shape> All(bool isQuick) => isQuick ? [Tiny, Zoo] : [Zoo, Small, Medium];

    public int Tokens => Sequences * Length;

    /// <summary>Gets the multiplications and additions of a forward pass: products with weights, and causal attention.</summary>
    public double ForwardOperations
    {
        get
        {
            double layer = ((double)Config.HiddenSize * ((2 * Config.QuerySize) + (2 * Config.KeyValueSize))) + (3.0 * Config.HiddenSize * Config.IntermediateSize);
            double weights = (layer * Config.LayerCount) + ((double)Config.HiddenSize * Config.VocabularySize);
            double attention = 2.0 * Length * (Length + 1) / 2 * Config.QuerySize * Config.LayerCount * Sequences;
            return 2 * ((weights * Tokens) + attention);
        }
    }

    public TokenBatch Batch()
    {
        Random random = new(3);
        return TokenBatch.Of([.. Enumerable.Range(0, Sequences).Select(_ =>
            (ReadOnlyMemory<int>)Enumerable.Range(0, Length).Select(_ => random.Next(Config.VocabularySize)).ToArray())]);
    }

    /// <summary>Creates the model with weights stored as a type.</summary>
    public DecoderModel Create(DataType type, int threads)
    {
        DecoderModel single = DecoderModel.Create(Config, 1, new RuntimeOptions { Threads = threads });
        if (type == DataType.F32)
        {
            return single;
        }

        using (single)
        {
            List<HostTensor> narrow = [];
            using MemoryTensorSet wide = single.ToTensorSet();
            using MemoryTensorSet set = new(wide.Config);
            foreach (string name in wide.Names)
            {
                wide.TryGet(name, out TensorSource? source);
                HostTensor tensor = new(type, source!.Shape);
                narrow.Add(tensor);
                source.TryGetSpan(0, (int)source.Shape.ElementCount, out ReadOnlySpan<byte> from);
                tensor.Sink.TryGetSpan(0, (int)source.Shape.ElementCount, out Span<byte> to);
                FloatConversion.Narrow(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(from), to, type);
                set.Add(name, tensor);
            }

            DecoderModel model = DecoderModel.Load(set, new RuntimeOptions { Threads = threads });
            narrow.ForEach(tensor => tensor.Dispose());
            return model;
        }
    }

    private static DecoderConfig Llama(int vocabulary, int hidden, int inner, int layers, int heads, int keyValueHeads) => new()
    {
        VocabularySize = vocabulary,
        HiddenSize = hidden,
        IntermediateSize = inner,
        LayerCount = layers,
        HeadCount = heads,
        KeyValueHeadCount = keyValueHeads,
        HeadSize = hidden / heads,
        NormEpsilon = 1e-5,
    };
}

using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Benchmarks;

/// <summary>Ten clients' adapters of q and v in a Llama-7B: 64 modules of 4096 × 4096, ranks 64, 32, 16, 16, 8, 8, 4, 4, 4, 4, as in FLoRA's experiments.</summary>
internal sealed class LlamaClients : IDisposable
{
    public const int Side = 4096;

    public static readonly int[] Ranks = [64, 32, 16, 16, 8, 8, 4, 4, 4, 4];

    private readonly List<HostTensor> _tensors = [];

    /// <summary>Creates the adapters in memory.</summary>
    /// <param name="type">The type of the factors.</param>
    /// <param name="modules">The number of modules; 64 in the model.</param>
    public LlamaClients(DataType type, int modules)
    {
        Random random = new(1);
        Updates =
        [
            .. Ranks.Select((rank, client) => new ClientUpdate(
                $"client-{client}",
                new LoraAdapter(Enumerable.Range(0, modules).Select(module => new LoraModule(
                    $"model.layers.{module / 2}.self_attn.{(module % 2 == 0 ? "q_proj" : "v_proj")}",
                    LoraModuleKind.Linear,
                    Create(random, type, new TensorShape(rank, Side)),
                    Create(random, type, new TensorShape(Side, rank)),
                    2))),
                100 + client)),
        ];
    }

    public IReadOnlyList<ClientUpdate> Updates { get; }

    public void Dispose() => _tensors.ForEach(tensor => tensor.Dispose());

    private TensorSource Create(Random random, DataType type, TensorShape shape)
    {
        float[] values = new float[shape.ElementCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = ((float)random.NextDouble() - 0.5f) / 32;
        }

        HostTensor tensor = HostTensor.FromSingles(values, shape, type);
        _tensors.Add(tensor);
        return tensor.Source;
    }
}

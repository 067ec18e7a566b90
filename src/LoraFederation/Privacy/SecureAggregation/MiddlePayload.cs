using LoraFederation.Aggregators;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>The payload of Fed-SB: the small matrix between two frozen factors, scaled; r² numbers a module.</summary>
public sealed class MiddlePayload : SecurePayload
{
    private readonly LoraAdapter _frozen;

    /// <summary>Describes the payload.</summary>
    /// <param name="frozen">The adapter with the frozen A and B; it stays the caller's, and open.</param>
    /// <param name="valueRange">The largest magnitude of a number of the matrix, scaling included; above 0 and finite.</param>
    /// <param name="largestWeight">The largest weight of a client; above 0 and finite.</param>
    public MiddlePayload(LoraAdapter frozen, double valueRange, double largestWeight)
        : base(valueRange, largestWeight)
    {
        ArgumentNullException.ThrowIfNull(frozen);
        _frozen = frozen;
    }

    private protected override IEnumerable<PayloadTensor> ValueTensors =>
        _frozen.Modules.Select(module => new PayloadTensor(NameOf(module), checked((int)(module.Rank * module.Rank)), Range));

    private protected override void EncodeModules(ClientUpdate update, double weight, Dictionary<string, double[]> tensors, AggregationContext context)
    {
        if (update.Adapter.Modules.FirstOrDefault(module => !_frozen.TryGet(module.Path, out _)) is { } stranger)
        {
            throw new FederationException(FederationError.Unsupported, $"Client '{update.ClientId}' has trained '{stranger.Path}', which the frozen adapter has not.", update.ClientId, stranger.Path);
        }

        foreach (LoraModule frozen in _frozen.Modules)
        {
            double[] values = new double[frozen.Rank * frozen.Rank];
            tensors.Add(NameOf(frozen), values);
            if (!update.Adapter.TryGet(frozen.Path, out LoraModule? module))
            {
                continue;
            }

            if (!FedSbAggregator.TryGetMiddle(module, out HostTensor? middle) || middle.Shape != new TensorShape(frozen.Rank, frozen.Rank))
            {
                throw new FederationException(
                    FederationError.Unsupported,
                    $"Module '{frozen.Path}' of client '{update.ClientId}' has no [{frozen.Rank}, {frozen.Rank}] matrix between frozen factors. Make it with {nameof(FedSbAggregator)}.{nameof(FedSbAggregator.Join)}.",
                    update.ClientId,
                    frozen.Path);
            }

            ReadOnlySpan<float> trained = middle.AsSpan<float>(0, values.Length);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = weight * module.Scaling * trained[i];
            }
        }
    }

    private protected override IEnumerable<LoraModule> DecodeModules(SecureSum sum, double factor, AggregationContext context) => _frozen.Modules.Select(frozen =>
        FedSbAggregator.Join(
            new LoraModule(frozen.Path, frozen.Kind, frozen.A, frozen.B, isTransposed: frozen.IsTransposed),
            HostTensor.FromSingles([.. sum.Tensors[NameOf(frozen)].Select(value => (float)(value * factor))], new TensorShape(frozen.Rank, frozen.Rank)),
            context.Device));

    private static string NameOf(LoraModule module) => $"{module.Path}.R";
}

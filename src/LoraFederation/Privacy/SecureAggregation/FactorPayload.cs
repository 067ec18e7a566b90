using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>The payload of methods that freeze one factor and sum the other, scaled: FFA-LoRA, RoLoRA.</summary>
public sealed class FactorPayload : SecurePayload
{
    private readonly LoraAdapter _start;
    private readonly bool _isFrozenA;

    /// <summary>Describes the payload.</summary>
    /// <param name="method">The method.</param>
    /// <param name="start">The adapter that training started from, whose factors of one side stay; it stays the caller's, and open.</param>
    /// <param name="isFrozenA">Whether A is the frozen factor; else B, for methods that freeze either.</param>
    /// <param name="valueRange">The largest magnitude of a number of the other factor, scaling included; above 0 and finite.</param>
    /// <param name="largestWeight">The largest weight of a client; above 0 and finite.</param>
    /// <exception cref="ArgumentException">The result of the method is no sum of what clients could send with one factor.</exception>
    public FactorPayload(LoraAggregator method, LoraAdapter start, bool isFrozenA, double valueRange, double largestWeight)
        : base(valueRange, largestWeight)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(start);
        if (!method.IsLinear)
        {
            throw new ArgumentException(
                $"Method '{method.Name}' is not a sum of what clients send: it puts their factors side by side or works on each client's, so the server has to see them, and a sum under masks "
                + $"would be of no use to it. Use a method with a frozen factor, or {nameof(SketchPayload)}, whose sums give the exact product.",
                nameof(method));
        }

        if (!(method.Needs == AggregatorNeeds.SharedAOrB || (method.Needs == AggregatorNeeds.SharedA && isFrozenA)))
        {
            throw new ArgumentException($"Method '{method.Name}' needs {method.Needs} of updates, not a frozen {(isFrozenA ? 'A' : 'B')}: the sum of the other factor is not its result. Fed-SB has {nameof(MiddlePayload)}.", nameof(method));
        }

        _start = start;
        _isFrozenA = isFrozenA;
    }

    private protected override IEnumerable<PayloadTensor> ValueTensors =>
        _start.Modules.Select(module => new PayloadTensor(NameOf(module), checked((int)Trained(module).Shape.ElementCount), Range));

    private protected override void EncodeModules(ClientUpdate update, double weight, Dictionary<string, double[]> tensors, AggregationContext context)
    {
        if (update.Adapter.Modules.FirstOrDefault(module => !_start.TryGet(module.Path, out _)) is { } stranger)
        {
            throw new FederationException(FederationError.Unsupported, $"Client '{update.ClientId}' has trained '{stranger.Path}', which the start has not.", update.ClientId, stranger.Path);
        }

        foreach (LoraModule frozen in _start.Modules)
        {
            double[] values = new double[Trained(frozen).Shape.ElementCount];
            tensors.Add(NameOf(frozen), values);
            if (!update.Adapter.TryGet(frozen.Path, out LoraModule? module))
            {
                continue;
            }

            if (module.Kind != frozen.Kind || Trained(module).Shape != Trained(frozen).Shape || FrozenFactors.FindDifferent([Frozen(frozen), Frozen(module)], context) >= 0)
            {
                throw new FederationException(
                    FederationError.FrozenFactorDiffers, $"The frozen {(_isFrozenA ? 'A' : 'B')} of '{frozen.Path}' is not what it was at the start with client '{update.ClientId}'.", update.ClientId, frozen.Path);
            }

            FactorReader.ForEachPiece(Trained(module), (start, piece) =>
            {
                for (int i = 0; i < piece.Length; i++)
                {
                    values[start + i] = weight * module.Scaling * piece[i];
                }
            });
        }
    }

    private protected override IEnumerable<LoraModule> DecodeModules(SecureSum sum, double factor, AggregationContext context)
    {
        foreach (LoraModule frozen in _start.Modules)
        {
            TensorSource mean = HostTensor.FromSingles([.. sum.Tensors[NameOf(frozen)].Select(value => (float)(value * factor))], Trained(frozen).Shape).Source;
            yield return new LoraModule(frozen.Path, frozen.Kind, _isFrozenA ? frozen.A : mean, _isFrozenA ? mean : frozen.B, 1, null, frozen.IsTransposed);
        }
    }

    private string NameOf(LoraModule module) => $"{module.Path}.{(_isFrozenA ? 'B' : 'A')}";

    private TensorSource Trained(LoraModule module) => _isFrozenA ? module.B : module.A;

    private TensorSource Frozen(LoraModule module) => _isFrozenA ? module.A : module.B;
}

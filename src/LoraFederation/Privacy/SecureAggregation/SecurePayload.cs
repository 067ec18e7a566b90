using LoraFederation.Aggregators;
using ModelTensors.Adapters;

namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>What clients send for a secure sum, such that the sum is enough: numbers that are linear in the update, each times the client's weight, and the weight.</summary>
/// <remarks>The mean is <c>Σ w_k x_k / Σ w_k</c> over the clients that are left, whoever they are: weights go up unnormalised, and the server learns their sum only.</remarks>
public abstract class SecurePayload
{
    private protected const string WeightName = "weight";

    /// <summary>Creates a payload's description.</summary>
    /// <param name="valueRange">The largest magnitude of a number before its weight; above 0 and finite.</param>
    /// <param name="largestWeight">The largest weight of a client; above 0 and finite.</param>
    private protected SecurePayload(double valueRange, double largestWeight)
    {
        foreach (double value in (double[])[valueRange, largestWeight])
        {
            if (!(value > 0 && double.IsFinite(value)))
            {
                throw new ArgumentOutOfRangeException(nameof(valueRange), value, "Ranges and weights are above 0 and finite.");
            }
        }

        LargestWeight = largestWeight;
        Range = valueRange * largestWeight;
    }

    /// <summary>Gets the largest weight of a client.</summary>
    public double LargestWeight { get; }

    /// <summary>Gets the tensors for <see cref="SecureRound"/>.</summary>
    public IReadOnlyList<PayloadTensor> Tensors => [new PayloadTensor(WeightName, 1, LargestWeight), .. ValueTensors];

    /// <summary>Gets the range of weighted numbers.</summary>
    private protected double Range { get; }

    /// <summary>Gets the tensors beside the weight.</summary>
    private protected abstract IEnumerable<PayloadTensor> ValueTensors { get; }

    /// <summary>Makes a client's payload.</summary>
    /// <param name="update">The client's update; modules that it lacks are zero.</param>
    /// <param name="weight">The client's weight, such as its number of examples; in [0, <see cref="LargestWeight"/>].</param>
    /// <param name="context">What to compute with.</param>
    /// <exception cref="FederationException">The update holds what is not in the payload, or the weight is outside its range.</exception>
    /// <exception cref="AdapterException">Modules are of DoRA and no products.</exception>
    public IReadOnlyDictionary<string, double[]> Encode(ClientUpdate update, double weight, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(update);
        ArgumentNullException.ThrowIfNull(context);
        if (!(weight >= 0 && weight <= LargestWeight))
        {
            throw new FederationException(FederationError.Weights, $"Client '{update.ClientId}' has the weight {weight}; the payload allows up to {LargestWeight}.", update.ClientId);
        }

        update.Adapter.EnsurePlain();
        if (update.Adapter.WholeTensors.Keys.Concat(update.Adapter.Modules.Where(module => module.Bias is not null).Select(module => module.BiasName)).FirstOrDefault() is { } extra)
        {
            throw new FederationException(FederationError.Unsupported, $"Client '{update.ClientId}' has '{extra}', which the payload has no place for. Train factors only.", update.ClientId, extra);
        }

        Dictionary<string, double[]> tensors = new(StringComparer.Ordinal) { [WeightName] = [weight] };
        EncodeModules(update, weight, tensors, context);
        return tensors;
    }

    /// <summary>Makes the mean update of a sum.</summary>
    /// <param name="sum">The sum of payloads.</param>
    /// <param name="context">What to compute with.</param>
    /// <returns>An adapter of modules in memory whose scaling is one.</returns>
    /// <exception cref="FederationException">The clients that are left weigh nothing.</exception>
    public LoraAdapter Decode(SecureSum sum, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(sum);
        ArgumentNullException.ThrowIfNull(context);
        double total = sum.Tensors[WeightName][0];
        return total > 0
            ? new LoraAdapter(DecodeModules(sum, 1 / total, context))
            : throw new FederationException(FederationError.Weights, $"The weights of the {sum.Clients.Count} clients that are left have the sum {total}: there is no mean.");
    }

    private protected abstract void EncodeModules(ClientUpdate update, double weight, Dictionary<string, double[]> tensors, AggregationContext context);

    private protected abstract IEnumerable<LoraModule> DecodeModules(SecureSum sum, double factor, AggregationContext context);
}

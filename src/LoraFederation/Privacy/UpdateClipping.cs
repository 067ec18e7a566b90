using LoraFederation.Aggregators;
using LoraFederation.Robustness;
using ModelTensors.Adapters;

namespace LoraFederation.Privacy;

/// <summary>Bounds what one client can do: an update whose norm over all modules is above C is scaled down to C, <c>s_k ← s_k · min(1, C / ‖ΔW_k‖)</c>.</summary>
/// <remarks>
/// <para>The norm is that of the products <c>s_k B_k A_k</c>, and of the biases, not of the factors: the same update has many factors, <c>(B G)(G⁻¹ A)</c>, of
/// any norm. It is found from the factors' Gram matrices; factors keep their bytes, scalings take the change.</para>
/// <para>After it, leaving a client out of <c>Σ p_k ΔW_k</c> changes the sum by at most <c>C · max p_k</c>; not by C / K, unless all weights are the same.</para>
/// </remarks>
public sealed record UpdateClipping
{
    /// <summary>Creates a bound.</summary>
    /// <param name="norm">C, above 0 and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The norm is not that.</exception>
    public UpdateClipping(double norm)
    {
        if (!(norm > 0 && double.IsFinite(norm)))
        {
            throw new ArgumentOutOfRangeException(nameof(norm), norm, "A clipping norm is above 0 and finite.");
        }

        Norm = norm;
    }

    /// <summary>Gets C, the largest norm of an update.</summary>
    public double Norm { get; }

    /// <summary>Clips the updates of a round.</summary>
    /// <param name="federation">The updates.</param>
    /// <param name="context">What to compute with.</param>
    /// <returns>The round with the shorter updates, and what was done.</returns>
    /// <exception cref="FederationException">An update holds whole tensors, which have no norm as changes, or its norm is not finite.</exception>
    public (Federation Federation, ClippingReport Report) Apply(Federation federation, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(federation);
        ArgumentNullException.ThrowIfNull(context);
        Dictionary<string, double> norms = new(StringComparer.Ordinal);
        List<ClientUpdate> clipped = [];
        foreach (ClientUpdate update in federation.Updates)
        {
            // Update by update: norms need no other client's factors, and the memory of one is enough.
            double norm = UpdateGeometry.Of(Federation.Create([update]), context).Norm(0);
            if (!double.IsFinite(norm))
            {
                throw new FederationException(FederationError.NonFinite, $"The update of client '{update.ClientId}' has the norm {norm}: it cannot be clipped.", update.ClientId);
            }

            norms.Add(update.ClientId, norm);
            clipped.Add(norm <= Norm ? update : Scaled(update, Norm / norm));
        }

        return (Federation.Create(clipped), new ClippingReport(Norm, norms, norms.Values.Count(norm => norm <= Norm)));
    }

    private static ClientUpdate Scaled(ClientUpdate update, double factor)
    {
        LoraAdapter adapter = update.Adapter;
        return update with
        {
            Adapter = new LoraAdapter(
                adapter.Modules.Select(module => new LoraModule(module.Path, module.Kind, module.A, module.B, module.Scaling * factor, module.Bias, module.IsTransposed)),
                options: new LoraAdapterWriterOptions { BaseModel = adapter.Config.BaseModel, TaskType = adapter.Config.TaskType, IsFanInFanOut = adapter.Config.IsFanInFanOut }),
        };
    }
}

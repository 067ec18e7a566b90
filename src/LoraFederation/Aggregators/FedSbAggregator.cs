using System.Diagnostics.CodeAnalysis;
using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;

namespace LoraFederation.Aggregators;

/// <summary>Fed-SB: A and B are frozen and the same with all clients, a small matrix between them is trained and averaged: <c>B · (Σ p_k s_k R_k) · A</c>. Exact, with the smallest payload of all.</summary>
/// <remarks>
/// <para>Singhal et al. 2025, "Fed-SB: A Silver Bullet for Extreme Communication Efficiency and Performance in (Private) Federated LoRA Fine-Tuning"
/// (arXiv 2502.15436).</para>
/// <para>Ranks: one for all; that A and B are the same is checked. Upload and download: r². Server: 2K·r², and 2·r²·m to write the result as a LoRA module.</para>
/// <para>A client's module is one of <see cref="Join"/>, whose factors are A and <c>B R_k</c>: a LoRA like any other, for all that reads or merges one. The result is such a
/// module too where it is in F32; <see cref="TryGetMiddle"/> returns the mean R to send. Where it differs from the paper: scalings are folded into R with the weights.</para>
/// </remarks>
public sealed class FedSbAggregator : LoraAggregator
{
    /// <inheritdoc />
    public override string Name => "fedsb";

    /// <inheritdoc />
    public override Exactness Exactness => Exactness.Exact;

    /// <inheritdoc />
    public override AggregatorNeeds Needs => AggregatorNeeds.SharedFactors;

    /// <inheritdoc />
    public override bool IsLinear => true;

    /// <summary>Puts a trained matrix between frozen factors.</summary>
    /// <param name="frozen">The module with the frozen A and B; its scaling is the result's.</param>
    /// <param name="middle">R: [rank, rank], F32. It stays in use; do not dispose it before the module.</param>
    /// <param name="device">Multiplies.</param>
    /// <returns>A module with the factors A and <c>B R</c>; the latter is in memory, in F32, from sums in double.</returns>
    /// <exception cref="ArgumentException">R has another size or type.</exception>
    public static LoraModule Join(LoraModule frozen, HostTensor middle, TensorDevice device)
    {
        ArgumentNullException.ThrowIfNull(frozen);
        ArgumentNullException.ThrowIfNull(middle);
        ArgumentNullException.ThrowIfNull(device);
        if (middle.Shape != new TensorShape(frozen.Rank, frozen.Rank) || middle.DataType != DataType.F32)
        {
            throw new ArgumentException(
                $"Between the factors of '{frozen.Path}' fits a matrix [{frozen.Rank}, {frozen.Rank}] F32; it is {middle.Shape} {middle.DataType.SafetensorsName}.", nameof(middle));
        }

        TensorShape size = new(frozen.B.Shape[0], frozen.Rank);
        using HostTensor left = new(DataType.F32, size);
        using HostTensor wide = new(DataType.F64, middle.Shape);
        FactorReader.CopyColumns(frozen.B, left, 0);
        device.Convert(middle.Source, wide.Sink);
        HostTensor product = new(DataType.F32, size);
        device.MatMul(Matrix.Of(left), Matrix.Of(wide), Matrix.Of(product));
        return new LoraModule(
            frozen.Path, frozen.Kind, frozen.A, new MiddleFactorSource(product, frozen.B, middle), frozen.Scaling, frozen.Bias, frozen.IsTransposed);
    }

    /// <summary>Returns the matrix that <see cref="Join"/> put between the factors of a module.</summary>
    /// <param name="module">The module.</param>
    /// <param name="middle">R: [rank, rank], F32.</param>
    /// <returns>False when the module was made otherwise.</returns>
    public static bool TryGetMiddle(LoraModule module, [NotNullWhen(true)] out HostTensor? middle)
    {
        ArgumentNullException.ThrowIfNull(module);
        middle = (module.B as MiddleFactorSource)?.Middle;
        return middle is not null;
    }

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        TensorSource a = FrozenFactors.RequireSharedA(module, Name, context);
        MiddleFactorSource[] factors = [.. module.Clients.Select(client => FactorOf(client, module))];
        int different = FrozenFactors.FindDifferent([.. factors.Select(factor => factor.Frozen)], context);
        if (different >= 0)
        {
            throw FrozenFactors.Differs(module, Name, "factor B", different);
        }

        HostTensor middle = FactorMeans.Sum([.. module.Clients.Select((client, index) => (client.Coefficient, factors[index].Middle.Source))], context);
        LoraModule frozen = new(module.Path, module.Kind, a, factors[0].Frozen, isTransposed: module.IsTransposed);
        return new AggregatedModule(Join(frozen, middle, context.Device));
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long middle = checked((long)sizes.MaxRank * sizes.MaxRank);
        return new RoundCost(
            [.. sizes.Ranks.Select(_ => middle)], [.. sizes.Ranks.Select(_ => middle)], (2.0 * sizes.Clients * middle) + (2.0 * middle * sizes.Outputs));
    }

    private MiddleFactorSource FactorOf(Contribution client, ModuleContributions module) => client.Module.B as MiddleFactorSource
        ?? throw new FederationException(
            FederationError.Unsupported,
            $"Method '{Name}' averages the matrix between frozen factors; module '{module.Path}' of client '{client.ClientId}' has none. Make it with {nameof(FedSbAggregator)}.{nameof(Join)}.",
            client.ClientId,
            module.Path);
}

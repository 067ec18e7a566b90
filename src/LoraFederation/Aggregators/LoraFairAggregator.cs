using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;

namespace LoraFederation.Aggregators;

/// <summary>LoRA-FAIR: the means of the factors as in <see cref="FedItAggregator"/>, with B corrected towards the exact sum: <c>(B̂ + ΔB) · Â</c>. Not exact, but no worse than FedIT, and of the same size.</summary>
/// <remarks>
/// <para>Bian et al. 2024, "LoRA-FAIR: Federated LoRA Fine-Tuning with Aggregation and Initialization Refinement" (arXiv 2411.14961).</para>
/// <para>Ranks: one for all. Upload and download: r·(m+n). Server: 2K·r·(m+n) for the means, and 2K·r²·(m+n) for the correction. Where it differs from the paper: there ΔB
/// is found by gradient descent on a cosine similarity; here it is the least-squares solution <c>ΔB = E Âᵀ (Â Âᵀ + λI)⁻¹</c>, E being the residual
/// <c>Σ p_k s_k B_k A_k − B̂ Â</c> in factors: the minimum of <c>‖E − ΔB Â‖² + λ‖ΔB‖²</c>, at once and without a step size. Half of each scaling is in Â.</para>
/// </remarks>
public sealed class LoraFairAggregator : LoraAggregator
{
    /// <inheritdoc />
    public override string Name => "lora_fair";

    /// <inheritdoc />
    public override Exactness Exactness => Exactness.Approximate;

    /// <inheritdoc />
    public override AggregatorNeeds Needs => AggregatorNeeds.EqualRanks;

    /// <summary>Gets λ, which keeps B near the mean: the greater, the nearer.</summary>
    /// <value>Above zero, finite; 0.01 by default, as in the paper.</value>
    public double Ridge
    {
        get;
        init
        {
            if (!(value > 0 && double.IsFinite(value)))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A ridge is above zero and finite.");
            }

            field = value;
        }
    }
    = 0.01;

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        module.RequireEqualRanks(Name);
        LoraModule mean = FactorMeans.Average(module, context);
        if (FedExResidual.Create(module, context) is not { } missing)
        {
            return new AggregatedModule(mean);
        }

        using LowRankSum residual = new([new LowRankTerm(missing, 1)]);
        using LowRankSum means = new([new LowRankTerm(mean, 1)]);
        using HostTensor solved = Solve(residual.Right, means.Right, module, context);
        HostTensor b = new(DataType.F32, means.Left.Shape);
        context.Device.Convert(means.Left.Source, b.Sink, new SessionOptions { CancellationToken = context.CancellationToken });
        context.Device.MatMul(Matrix.Of(residual.Left), Matrix.Of(solved), Matrix.Of(b), beta: 1, cancellationToken: context.CancellationToken);
        return new AggregatedModule(module.CreateModule(mean.A, b.Source));
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long factors = sizes.FactorParameters(sizes.MaxRank);
        return new RoundCost(
            [.. sizes.Ranks.Select(_ => factors)], [.. sizes.Ranks.Select(_ => factors)], 2.0 * sizes.Clients * factors * (1 + sizes.MaxRank));
    }

    /// <summary>Computes <c>R Âᵀ (Â Âᵀ + λI)⁻¹</c>, with which the residual's left factor has to be multiplied: [rank of R, r].</summary>
    private HostTensor Solve(HostTensor right, HostTensor mean, ModuleContributions module, AggregationContext context)
    {
        long rank = mean.Shape[0];
        using HostTensor gram = new(DataType.F64, new TensorShape(rank, rank));
        context.Device.Gram(Matrix.Of(mean).Transposed, gram, context.CancellationToken);
        for (long i = 0; i < rank; i++)
        {
            gram.AsSpan<double>((i * rank) + i, 1)[0] += Ridge;
        }

        if (!context.Device.TryFactorCholesky(gram, out _, context.CancellationToken))
        {
            throw new FederationException(
                FederationError.Unsupported,
                $"Module '{module.Path}': the mean of A is so large, or its rows are so alike, that a ridge of {Ridge:g3} is lost beside it. Use a greater one.",
                module: module.Path);
        }

        using HostTensor product = new(DataType.F64, new TensorShape(right.Shape[0], rank));
        context.Device.MatMul(Matrix.Of(right), Matrix.Of(mean).Transposed, Matrix.Of(product), cancellationToken: context.CancellationToken);
        HostTensor solved = new(DataType.F32, product.Shape);
        context.Device.Convert(product.Source, solved.Sink, new SessionOptions { CancellationToken = context.CancellationToken });
        context.Device.SolveCholesky(gram, solved, context.CancellationToken);
        return solved;
    }
}

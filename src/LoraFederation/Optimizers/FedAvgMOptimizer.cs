using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Optimizers;

/// <summary>FedAvgM: momentum of the product, <c>V ← β V + ΔW</c>, of which <c>η V</c> is added to the base. For any aggregate, whatever its factors and ranks.</summary>
/// <remarks>
/// Hsu et al. 2019, "Measuring the Effects of Non-Identical Data Distribution for Federated Visual Classification" (arXiv 1909.06335). V is kept in factors:
/// those of both summands side by side, decomposed and cut to a rank.
/// </remarks>
public sealed record FedAvgMOptimizer : ServerOptimizer
{
    /// <inheritdoc />
    public override string Name => "fedavgm";

    /// <inheritdoc />
    public override int StateCount => 1;

    /// <summary>Gets β, the share of the last step that is added to the next.</summary>
    /// <value>In [0, 1); 0.9 by default.</value>
    public double Momentum
    {
        get;
        init
        {
            OptimizerRange.CheckDecay(value);
            field = value;
        }
    }
    = 0.9;

    /// <summary>Gets η, the server's learning rate.</summary>
    /// <value>Above 0, finite; 1 by default.</value>
    public double LearningRate
    {
        get;
        init
        {
            OptimizerRange.CheckPositive(value);
            field = value;
        }
    }
    = 1;

    /// <summary>Gets the most components of V that are kept: the largest.</summary>
    /// <value>At least 1; 128 by default. With <see cref="int.MaxValue"/> nothing is cut, and V has a rank of all rounds' together.</value>
    public int Rank
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }
    = 128;

    /// <inheritdoc />
    protected override ModuleStep StepModule(LoraModule? update, IReadOnlyList<LoraModule?> state, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(context);
        (LoraModule Module, double Factor)[] terms =
        [
            .. state.Where(module => module is not null).Select(module => (module!, Momentum)),
            .. update is null ? [] : new[] { (update, 1.0) },
        ];
        LoraModule like = terms[^1].Module;
        using LowRankSum sum = new([.. terms.Select(term => new LowRankTerm(term.Module, term.Factor * term.Module.Scaling))]);
        LoraModule velocity = OrderedModules.Create(like, OrderedModules.Decompose(sum, new TruncationOptions { MaximumRank = Rank }, context));
        (double, TensorSource)[] biases =
            [.. terms.Where(term => term.Module.Bias is not null).Select(term => (term.Factor * term.Module.Scaling, term.Module.Bias!))];
        TensorSource? bias = biases.Length == 0 ? null : FactorMeans.Sum(biases, context).Source;
        float root = (float)Math.Sqrt(LearningRate);
        LoraModule step = ModuleParts.Create(
            like,
            ConvertedSource.Of(velocity.A, DataType.F32, root),
            ConvertedSource.Of(velocity.B, DataType.F32, root),
            bias is null ? null : ConvertedSource.Of(bias, DataType.F32, (float)LearningRate));
        return new ModuleStep(step, [ModuleParts.Create(like, velocity.A, velocity.B, bias)]);
    }
}

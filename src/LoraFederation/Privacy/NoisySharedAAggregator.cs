using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Devices;

namespace LoraFederation.Privacy;

/// <summary>Central differential privacy for methods that sum B beside a frozen A, such as FFA-LoRA: noise on B. The product's noise is Gaussian, the same in every direction that A leaves open.</summary>
/// <remarks>
/// <para>Sun et al. 2024, "Improving LoRA in Privacy-preserving Federated Learning" (FFA-LoRA, arXiv 2403.12313): with A fixed, noise stays linear. Where it
/// differs: clipping and noise are of the product. With <c>A Aᵀ = L Lᵀ</c> the noise on B is <c>N L⁻¹</c>, so on the product it is <c>N</c> times the orthonormal
/// rows <c>L⁻¹ A</c>: what is protected does not depend on how A is scaled.</para>
/// <para>The recipe has to clip. One round is one Gaussian mechanism of the multiplier z.</para>
/// </remarks>
public sealed class NoisySharedAAggregator : LoraAggregator
{
    private readonly LoraAggregator _method;
    private readonly GaussianMechanism _mechanism;

    /// <summary>Creates the aggregator.</summary>
    /// <param name="method">The method that gives the sum without noise.</param>
    /// <param name="mechanism">How much noise.</param>
    /// <exception cref="ArgumentException">The method does not sum B beside one frozen A.</exception>
    public NoisySharedAAggregator(LoraAggregator method, GaussianMechanism mechanism)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(mechanism);
        if (method.Needs != AggregatorNeeds.SharedA || !method.IsLinear)
        {
            throw new ArgumentException(
                $"Method '{method.Name}' does not sum B beside one frozen A. Noise on both factors, or on factors side by side, is multiplied by the other factor: "
                + $"what the product gets is neither Gaussian nor bounded by the clipping. Use FFA-LoRA, or {nameof(NoisySketchAggregator)} for any updates.",
                nameof(method));
        }

        _method = method;
        _mechanism = mechanism;
    }

    /// <inheritdoc />
    public override string Name => $"{_method.Name}+noise";

    /// <inheritdoc />
    public override Exactness Exactness => Exactness.Approximate;

    /// <inheritdoc />
    public override AggregatorNeeds Needs => _method.Needs;

    /// <inheritdoc />
    public override IReadOnlyList<double> Reweigh(Federation federation, IReadOnlyList<double> weights, AggregationContext context) =>
        _method.Reweigh(federation, weights, context);

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        double deviation = _mechanism.Deviation(module, Name, context);
        TensorSource a = FrozenFactors.RequireSharedA(module, Name, context);
        AggregatedModule exact = _method.Aggregate(module, context);
        if (exact.Residual is not null || exact.Personal.Count > 0 || FrozenFactors.FindDifferent([a, exact.Global.A], context) >= 0)
        {
            throw new FederationException(
                FederationError.Unsupported, $"Method '{_method.Name}' hands out more of module '{module.Path}' than B beside the frozen A; noise on B alone does not cover that.", module: module.Path);
        }

        int rank = (int)exact.Global.Rank;
        double[] lower = Cholesky(a, rank, module, context);
        double[] noise = _mechanism.Draw(module, "b", context.Round, deviation, module.Outputs * rank);
        HostTensor b = new(DataType.F32, new TensorShape(module.Outputs, rank));
        FactorReader.CopyColumns(exact.Global.B, b, 0);
        for (int row = 0; row < module.Outputs; row++)
        {
            Span<double> values = noise.AsSpan(row * rank, rank);
            SolveTransposed(lower, values);
            Span<float> sums = b.AsSpan<float>((long)row * rank, rank);
            for (int column = 0; column < rank; column++)
            {
                sums[column] = (float)(sums[column] + values[column]);
            }
        }

        return new AggregatedModule(module.CreateModule(a, b.Source));
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes) => _method.Cost(sizes);

    private static double[] Cholesky(TensorSource a, int rank, ModuleContributions module, AggregationContext context)
    {
        using HostTensor rows = new(DataType.F32, new TensorShape(rank, module.Inputs));
        using HostTensor gram = new(DataType.F64, new TensorShape(rank, rank));
        FactorReader.CopyRows(a, rows, 0);
        context.Device.Gram(Matrix.Of(rows).Transposed, gram, context.CancellationToken);
        return context.Device.TryFactorCholesky(gram, out long pivot, context.CancellationToken)
            ? gram.AsSpan<double>(0, rank * rank).ToArray()
            : throw new FederationException(
                FederationError.Unsupported,
                $"The frozen A of module '{module.Path}' has a row, {pivot}, that the others span: its directions have no noise of their own. Start from an A of full rank.",
                module: module.Path);
    }

    /// <summary>values ← values · L⁻¹, from the last column on.</summary>
    private static void SolveTransposed(double[] lower, Span<double> values)
    {
        for (int column = values.Length - 1; column >= 0; column--)
        {
            double value = values[column];
            for (int k = column + 1; k < values.Length; k++)
            {
                value -= values[k] * lower[(k * values.Length) + column];
            }

            values[column] = value / lower[(column * values.Length) + column];
        }
    }
}

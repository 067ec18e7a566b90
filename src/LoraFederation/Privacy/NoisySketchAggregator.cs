using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using LoraFederation.Privacy.Sketches;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;
using ModelTensors.LowRank;

namespace LoraFederation.Privacy;

/// <summary>Central differential privacy for updates of any ranks and factors: noise on two images of the sum, from which factors of a chosen rank are made. Approximate.</summary>
/// <remarks>
/// <para>With <c>ΔW = Σ p_k s_k B_k A_k</c>: first <c>Y = ΔW Ω + N₁</c> for orthonormal columns Ω that do not depend on the updates, then, for orthonormal columns Q
/// of the range of Y, <c>Z = Qᵀ ΔW + N₂</c>. The result is <c>Q Z</c>, its largest components. Neither image is longer than ΔW, so with <c>√2</c> times the
/// deviation on each, both together are one Gaussian mechanism of the multiplier z; what follows costs nothing. The two stages are those of randomised SVD
/// (Halko, Martinsson and Tropp 2011, arXiv 0909.4061) and of FedASK (arXiv 2507.09990).</para>
/// <para>The recipe has to clip. Noise is on l·(m + n) numbers in place of m·n. Ranks: any; the result's is <see cref="Rank"/>. Upload: r_k·(m+n); download: p·(m+n).
/// Server: some 4·R·l·(m+n).</para>
/// </remarks>
public sealed class NoisySketchAggregator : LoraAggregator
{
    private readonly GaussianMechanism _mechanism;

    /// <summary>Creates the aggregator.</summary>
    /// <param name="rank">p, the rank of the result; at least 1. Less where the module has a shorter side.</param>
    /// <param name="mechanism">How much noise.</param>
    public NoisySketchAggregator(int rank, GaussianMechanism mechanism)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        ArgumentNullException.ThrowIfNull(mechanism);
        Rank = rank;
        _mechanism = mechanism;
    }

    /// <summary>Gets p, the rank of the result.</summary>
    public int Rank { get; }

    /// <summary>Gets by how much the images are wider than the rank: wider finds the range better and lets more noise in.</summary>
    /// <value>Not negative; 8 by default.</value>
    public int Oversampling
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 8;

    /// <inheritdoc />
    public override string Name => "noisy_sketch";

    /// <inheritdoc />
    public override Exactness Exactness => Exactness.Approximate;

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        double deviation = Math.Sqrt(2) * _mechanism.Deviation(module, Name, context);
        int width = (int)Math.Min((long)Rank + Oversampling, Math.Min(module.Outputs, module.Inputs));
        using LowRankSum sum = module.ToSum();
        using HostTensor basis = Range(sum, width, deviation, module, context);
        using HostTensor image = Corange(sum, basis, deviation, module, context);
        return new AggregatedModule(Largest(basis, image, module, context));
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long width = Math.Min((long)Rank + Oversampling, Math.Min(sizes.Outputs, sizes.Inputs));
        long result = sizes.FactorParameters(Math.Min(Rank, width));
        return new RoundCost(
            [.. sizes.Ranks.Select(rank => sizes.FactorParameters(rank))], [.. sizes.Ranks.Select(_ => result)], 4.0 * sizes.TotalRank * width * (sizes.Outputs + sizes.Inputs));
    }

    /// <summary>Orthonormal columns of the range of ΔW Ω + N₁.</summary>
    private HostTensor Range(LowRankSum sum, int width, double deviation, ModuleContributions module, AggregationContext context)
    {
        using HostTensor random = SketchMatrix.Create(context.Seed, module.Path, "noisy", sum.Columns, width);
        using ThinQr omega = ThinQr.Decompose(Matrix.Of(random), context.Device, context.CancellationToken);
        using HostTensor small = new(DataType.F64, new TensorShape(sum.Rank, width));
        context.Device.MatMul(Matrix.Of(sum.Right), Matrix.Of(omega.Q), Matrix.Of(small), cancellationToken: context.CancellationToken);
        ScaleRows(small, sum.ColumnCoefficients());
        using HostTensor image = new(DataType.F64, new TensorShape(sum.Rows, width));
        context.Device.MatMul(Matrix.Of(sum.Left), Matrix.Of(small), Matrix.Of(image), cancellationToken: context.CancellationToken);
        AddNoise(image, "range", deviation, module, context);
        return SketchBasis.Of(image, context.Device, context.CancellationToken);
    }

    /// <summary>Qᵀ ΔW + N₂.</summary>
    private HostTensor Corange(LowRankSum sum, HostTensor basis, double deviation, ModuleContributions module, AggregationContext context)
    {
        using HostTensor small = new(DataType.F64, new TensorShape(sum.Rank, basis.Shape[1]));
        context.Device.MatMul(Matrix.Of(sum.Left).Transposed, Matrix.Of(basis), Matrix.Of(small), cancellationToken: context.CancellationToken);
        ScaleRows(small, sum.ColumnCoefficients());
        HostTensor image = new(DataType.F64, new TensorShape(basis.Shape[1], sum.Columns));
        context.Device.MatMul(Matrix.Of(small).Transposed, Matrix.Of(sum.Right), Matrix.Of(image), cancellationToken: context.CancellationToken);
        AddNoise(image, "corange", deviation, module, context);
        return image;
    }

    /// <summary>The largest components of Q Z: those of the triangle of Zᵀ, with half of each value on either factor.</summary>
    private LoraModule Largest(HostTensor basis, HostTensor image, ModuleContributions module, AggregationContext context)
    {
        using ThinQr factored = ThinQr.Decompose(Matrix.Of(image).Transposed, context.Device, context.CancellationToken);
        int width = (int)image.Shape[0];
        SmallSvd svd = SmallSvd.Decompose(factored.R.Span, width, width, context.CancellationToken);
        int rank = Math.Min(Rank, width);
        using HostTensor left = new(DataType.F64, new TensorShape(width, rank));
        using HostTensor right = new(DataType.F64, new TensorShape(width, rank));
        for (int component = 0; component < rank; component++)
        {
            // Zᵀ = P R and R = U S Vᵀ: Q Z = (Q V) S (P U)ᵀ.
            double root = Math.Sqrt(svd.Values[component]);
            for (int row = 0; row < width; row++)
            {
                left.AsSpan<double>(((long)row * rank) + component, 1)[0] = root * svd.Right(component)[row];
                right.AsSpan<double>(((long)row * rank) + component, 1)[0] = root * svd.Left(component)[row];
            }
        }

        HostTensor b = new(DataType.F32, new TensorShape(module.Outputs, rank));
        HostTensor a = new(DataType.F32, new TensorShape(rank, module.Inputs));
        context.Device.MatMul(Matrix.Of(basis), Matrix.Of(left), Matrix.Of(b), cancellationToken: context.CancellationToken);
        context.Device.MatMul(Matrix.Of(right).Transposed, Matrix.Of(factored.Q).Transposed, Matrix.Of(a), cancellationToken: context.CancellationToken);
        return module.CreateModule(a.Source, b.Source);
    }

    private void AddNoise(HostTensor image, string part, double deviation, ModuleContributions module, AggregationContext context)
    {
        int columns = (int)image.Shape[1];
        double[] noise = _mechanism.Draw(module, part, context.Round, deviation, image.Shape.ElementCount);
        for (int row = 0; row < image.Shape[0]; row++)
        {
            Span<double> values = image.AsSpan<double>((long)row * columns, columns);
            for (int column = 0; column < columns; column++)
            {
                values[column] += noise[(row * columns) + column];
            }
        }
    }

    private static void ScaleRows(HostTensor matrix, double[] factors)
    {
        int columns = (int)matrix.Shape[1];
        for (int row = 0; row < factors.Length; row++)
        {
            foreach (ref double value in matrix.AsSpan<double>((long)row * columns, columns))
            {
                value *= factors[row];
            }
        }
    }
}

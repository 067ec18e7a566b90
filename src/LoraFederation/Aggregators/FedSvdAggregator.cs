using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;
using ModelTensors.LowRank;

namespace LoraFederation.Aggregators;

/// <summary>FedSVD: <see cref="FfaLoraAggregator"/>, whose frozen A is renewed from the aggregate every few rounds: <c>A ← Vᵀ, B ← U S</c> of <c>(Σ p_k s_k B_k) · A</c>. Exact.</summary>
/// <remarks>
/// <para>Lee et al. 2025, "FedSVD: Adaptive Orthogonalization for Private Federated Learning with LoRA" (arXiv 2505.12805).</para>
/// <para>Ranks: one for all; that A is the same is checked. Upload: r·m. Download: r·m, and r·n more in rounds that renew A, which the prediction counts. Server: 2K·r·m, and
/// 6·r²·n + 3·r²·m to renew. Where it differs from the paper's code: the dense product is never formed; with <c>Aᵀ = Q R</c> and the eigenvectors V of <c>R BᵀB Rᵀ</c> the
/// new factors are <c>A' = Vᵀ Qᵀ</c> and <c>B' = B Rᵀ V</c>, so the rank stays r even where the product has a lower one.</para>
/// </remarks>
public sealed class FedSvdAggregator : LoraAggregator
{
    private readonly FfaLoraAggregator _mean = new();

    /// <inheritdoc />
    public override string Name => "fedsvd";

    /// <inheritdoc />
    public override Exactness Exactness => Exactness.Exact;

    /// <inheritdoc />
    public override AggregatorNeeds Needs => AggregatorNeeds.SharedA;

    /// <inheritdoc />
    public override bool IsLinear => true;

    /// <summary>Gets how often A is renewed: after each round whose number from 1 this divides.</summary>
    /// <value>At least 1; 1 by default: always.</value>
    public int Period
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }
    = 1;

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        FrozenFactors.RequireSharedA(module, Name, context);
        AggregatedModule mean = _mean.Aggregate(module, context);
        return (context.Round + 1L) % Period == 0 ? new AggregatedModule(Renew(module, mean.Global, context)) : mean;
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long rank = sizes.MaxRank;
        long up = checked(rank * sizes.Outputs);
        return new RoundCost(
            [.. sizes.Ranks.Select(_ => up)],
            [.. sizes.Ranks.Select(_ => sizes.FactorParameters(rank))],
            (2.0 * sizes.Clients * up) + (rank * ((6.0 * rank * sizes.Inputs) + (3.0 * up))));
    }

    private static LoraModule Renew(ModuleContributions module, LoraModule mean, AggregationContext context)
    {
        using LowRankSum product = new([new LowRankTerm(mean, 1)]);
        int rank = product.Rank;
        TensorShape small = new(rank, rank);
        Matrix b = Matrix.Of(product.Left);

        // B A = T Qᵀ with T = B Rᵀ: the right singular vectors of T are the eigenvectors of TᵀT.
        using ThinQr factored = ThinQr.Decompose(Matrix.Of(product.Right).Transposed, context.Device, context.CancellationToken);
        using HostTensor triangle = new(DataType.F64, small);
        using HostTensor gram = new(DataType.F64, small);
        using HostTensor half = new(DataType.F64, small);
        using HostTensor vectors = new(DataType.F64, small);
        using HostTensor turn = new(DataType.F64, small);
        factored.R.Span.CopyTo(triangle.AsSpan<double>(0, rank * rank));
        context.Device.Gram(b, gram, context.CancellationToken);
        Multiply(Matrix.Of(triangle), Matrix.Of(gram), half, context);
        Multiply(Matrix.Of(half), Matrix.Of(triangle).Transposed, gram, context);
        SymmetricEigen eigen = SymmetricEigen.Decompose(Symmetric(gram.AsSpan<double>(0, rank * rank), rank), rank, rank, context.CancellationToken);
        for (int i = 0; i < rank; i++)
        {
            eigen.Vector(i).CopyTo(vectors.AsSpan<double>(i * rank, rank));
        }

        HostTensor newA = new(DataType.F32, product.Right.Shape);
        HostTensor newB = new(DataType.F32, product.Left.Shape);
        Multiply(Matrix.Of(vectors), Matrix.Of(factored.Q).Transposed, newA, context);
        Multiply(Matrix.Of(triangle).Transposed, Matrix.Of(vectors).Transposed, turn, context);
        Multiply(b, Matrix.Of(turn), newB, context);
        return module.CreateModule(newA.Source, newB.Source);
    }

    private static void Multiply(Matrix left, Matrix right, HostTensor result, AggregationContext context) =>
        context.Device.MatMul(left, right, Matrix.Of(result), cancellationToken: context.CancellationToken);

    // A product of three is symmetric to rounding only.
    private static double[] Symmetric(ReadOnlySpan<double> matrix, int size)
    {
        double[] symmetric = new double[matrix.Length];
        for (int i = 0; i < matrix.Length; i++)
        {
            symmetric[i] = (matrix[i] + matrix[((i % size) * size) + (i / size)]) / 2;
        }

        return symmetric;
    }
}

using ModelTensors;
using ModelTensors.Devices;
using ModelTensors.LowRank;

namespace LoraFederation.LowRank;

/// <summary>Singular values and components from orthonormal bases of both factors.</summary>
/// <remarks>
/// With <c>Left = Q_B R_B</c> and <c>Rightᵀ = Q_A R_A</c> the sum is <c>Q_B (R_B C R_Aᵀ) Q_Aᵀ</c>, whose middle is decomposed: HLoRA (arXiv 2503.00813), section 4.
/// </remarks>
internal sealed class QrDecomposition : SumDecomposition
{
    private readonly ThinQr _left;
    private readonly ThinQr _right;
    private readonly SmallSvd _middle;
    private readonly TensorDevice _device;
    private readonly CancellationToken _cancellationToken;

    /// <summary>Decomposes a sum.</summary>
    /// <param name="sum">The sum.</param>
    /// <param name="device">Multiplies.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public QrDecomposition(LowRankSum sum, TensorDevice device, CancellationToken cancellationToken)
        : base(sum)
    {
        _device = device;
        _cancellationToken = cancellationToken;
        int size = sum.Rank;
        _left = ThinQr.Decompose(Matrix.Of(sum.Left), device, cancellationToken);
        try
        {
            _right = ThinQr.Decompose(Matrix.Of(sum.Right).Transposed, device, cancellationToken);
            double[] coefficients = sum.ColumnCoefficients();
            double[] weighted = _left.R.ToArray();
            for (int i = 0; i < weighted.Length; i++)
            {
                weighted[i] *= coefficients[i % size];
            }

            using HostTensor left = DoubleTensors.Of(weighted, size, size);
            using HostTensor right = DoubleTensors.Of(_right.R.Span, size, size);
            using HostTensor middle = DoubleTensors.Create(size, size);
            device.MatMul(Matrix.Of(left), Matrix.Of(right).Transposed, Matrix.Of(middle), cancellationToken: cancellationToken);
            _middle = SmallSvd.Decompose(DoubleTensors.All(middle), size, size, cancellationToken);
            LargestSummand = Largest(coefficients, Lengths(_left.R.Span, size), Lengths(_right.R.Span, size));
            double zero = size * Precision * Math.Max(LargestSummand, _middle.Values[0]);
            Values = [.. _middle.Values.Where(value => value > zero)];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override void Dispose()
    {
        _left.Dispose();
        _right?.Dispose();
    }

    protected override HostTensor Left(int rank)
    {
        using HostTensor small = Scaled(rank, _middle.Left);
        return DoubleTensors.MultiplyToSingles(Matrix.Of(_left.Q), Matrix.Of(small), _device, _cancellationToken);
    }

    protected override HostTensor Right(int rank)
    {
        using HostTensor small = Scaled(rank, _middle.Right);
        return DoubleTensors.MultiplyToSingles(Matrix.Of(small).Transposed, Matrix.Of(_right.Q).Transposed, _device, _cancellationToken);
    }

    private HostTensor Scaled(int rank, VectorOf vector)
    {
        int size = (int)_left.Q.Shape[1];
        HostTensor small = DoubleTensors.Create(size, rank);
        Span<double> values = DoubleTensors.All(small);
        for (int component = 0; component < rank; component++)
        {
            ReadOnlySpan<double> entries = vector(component);
            for (int i = 0; i < size; i++)
            {
                values[(i * rank) + component] = entries[i] * Math.Sqrt(Values[component]);
            }
        }

        return small;
    }

    private static double[] Lengths(ReadOnlySpan<double> triangle, int size)
    {
        double[] lengths = new double[size];
        for (int i = 0; i < triangle.Length; i++)
        {
            lengths[i % size] += triangle[i] * triangle[i];
        }

        return Array.ConvertAll(lengths, Math.Sqrt);
    }

    private delegate ReadOnlySpan<double> VectorOf(int index);
}

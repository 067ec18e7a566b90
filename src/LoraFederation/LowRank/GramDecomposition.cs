using ModelTensors;
using ModelTensors.Devices;
using ModelTensors.LowRank;

namespace LoraFederation.LowRank;

/// <summary>Singular values and components from the Gram matrices of both factors.</summary>
/// <remarks>
/// With <c>LeftᵀLeft = L Lᵀ</c>, the columns of left brought to length one before so that only their directions can make it singular, <c>Q = Left L⁻ᵀ</c> has
/// orthonormal columns and the sum is <c>Q K</c> with <c>K = Lᵀ C Right</c>. The eigenvalues of <c>K Kᵀ = Lᵀ C (Right Rightᵀ) C L</c> are the squares of the singular
/// values, and its vectors W turn Q into U and K into √S Vᵀ. FLoRIST (arXiv 2506.09199) decomposes both factors instead; one Cholesky factor and one
/// eigendecomposition of the size of the rank do the same.
/// </remarks>
internal sealed class GramDecomposition : SumDecomposition
{
    // Rounding of a Gram matrix that was scaled to ones on the diagonal, and of its factor.
    private const int LeastRounding = 64;

    private readonly LowRankSum _sum;
    private readonly TensorDevice _device;
    private readonly CancellationToken _cancellationToken;

    // Not there where all summands are zero: then there are no components to make.
    private readonly PivotedCholesky _cholesky = null!;
    private readonly SymmetricEigen _eigen = null!;
    private readonly double[] _norms;
    private readonly double[] _coefficients;

    /// <summary>Decomposes a sum.</summary>
    /// <param name="sum">The sum; used until components were made.</param>
    /// <param name="grams">Its Gram matrices.</param>
    /// <param name="device">Multiplies.</param>
    /// <param name="choose">Returns for the singular values how many components will be asked for; null for none.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public GramDecomposition(
        LowRankSum sum, FactorGrams grams, TensorDevice device, Func<IReadOnlyList<double>, int>? choose, CancellationToken cancellationToken)
        : base(sum)
    {
        _sum = sum;
        _device = device;
        _cancellationToken = cancellationToken;
        int size = sum.Rank;
        _norms = Norms(grams.Left, size);
        _coefficients = sum.ColumnCoefficients();
        LargestSummand = Largest(_coefficients, _norms, Norms(grams.Right, size));
        for (int i = 0; i < size; i++)
        {
            _coefficients[i] *= _norms[i];
        }

        if (LargestSummand == 0)
        {
            return;
        }

        double rounding = Math.Max(LeastRounding, size) * Precision;
        double[] scaled = new double[size * size];
        double[] weighted = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                double product = _norms[i] * _norms[j];
                scaled[(i * size) + j] = product == 0 ? 0 : grams.LeftProduct(i, j) / product;
                weighted[(i * size) + j] = _coefficients[i] * _coefficients[j] * grams.RightProduct(i, j);
            }
        }

        _cholesky = PivotedCholesky.Factor(scaled, size, rounding);
        double[] square = Square(weighted, size);
        IReadOnlyList<double> ToValues(IReadOnlyList<double> squares)
        {
            double zero = rounding * Math.Max(squares[0], LargestSummand * LargestSummand);
            return [.. squares.Where(value => value > zero).Select(Math.Sqrt)];
        }

        _eigen = choose is null
            ? SymmetricEigen.Decompose(square, _cholesky.Rank, 0, cancellationToken)
            : SymmetricEigen.Decompose(square, _cholesky.Rank, squares => choose(ToValues(squares)), cancellationToken);
        Values = ToValues(_eigen.Values);
    }

    /// <summary>Does nothing: small matrices are all that there is.</summary>
    public override void Dispose()
    {
    }

    protected override HostTensor Left(int rank)
    {
        int size = _sum.Rank;
        int inner = _cholesky.Rank;

        // The rows of the pivots are a lower triangle, so that Lᵀ y = w is solved from its end, for all components at a time.
        double[] solved = new double[inner * rank];
        using HostTensor small = DoubleTensors.Create(size, rank);
        Span<double> result = DoubleTensors.All(small);
        for (int component = 0; component < rank; component++)
        {
            ReadOnlySpan<double> vector = _eigen.Vector(component);
            for (int i = 0; i < inner; i++)
            {
                solved[(i * rank) + component] = vector[i] * Math.Sqrt(Values[component]);
            }
        }

        for (int i = inner - 1; i >= 0; i--)
        {
            int pivot = _cholesky.Pivots[i];
            ReadOnlySpan<double> row = _cholesky.Row(pivot);
            Span<double> own = solved.AsSpan(i * rank, rank);
            for (int component = 0; component < rank; component++)
            {
                own[component] /= row[i];
                result[(pivot * rank) + component] = own[component] / _norms[pivot];
            }

            for (int j = 0; j < i; j++)
            {
                Span<double> other = solved.AsSpan(j * rank, rank);
                for (int component = 0; component < rank; component++)
                {
                    other[component] = Math.FusedMultiplyAdd(-row[j], own[component], other[component]);
                }
            }
        }

        return DoubleTensors.MultiplyToSingles(Matrix.Of(_sum.Left), Matrix.Of(small), _device, _cancellationToken);
    }

    protected override HostTensor Right(int rank)
    {
        int size = _sum.Rank;
        using HostTensor vectors = DoubleTensors.Create(_cholesky.Rank, rank);
        Span<double> columns = DoubleTensors.All(vectors);
        for (int component = 0; component < rank; component++)
        {
            ReadOnlySpan<double> vector = _eigen.Vector(component);
            for (int i = 0; i < vector.Length; i++)
            {
                columns[(i * rank) + component] = vector[i] / Math.Sqrt(Values[component]);
            }
        }

        using HostTensor lower = Lower();
        using HostTensor small = DoubleTensors.Create(size, rank);
        _device.MatMul(Matrix.Of(lower), Matrix.Of(vectors), Matrix.Of(small), cancellationToken: _cancellationToken);
        Span<double> result = DoubleTensors.All(small);
        for (int i = 0; i < result.Length; i++)
        {
            result[i] *= _coefficients[i / rank];
        }

        return DoubleTensors.MultiplyToSingles(Matrix.Of(small).Transposed, Matrix.Of(_sum.Right), _device, _cancellationToken);
    }

    /// <summary>Computes <c>Lᵀ weighted L</c>, symmetric to the bit.</summary>
    private double[] Square(double[] weighted, int size)
    {
        int inner = _cholesky.Rank;
        using HostTensor lower = Lower();
        using HostTensor middle = DoubleTensors.Of(weighted, size, size);
        using HostTensor product = DoubleTensors.Create(size, inner);
        using HostTensor result = DoubleTensors.Create(inner, inner);
        _device.MatMul(Matrix.Of(middle), Matrix.Of(lower), Matrix.Of(product), cancellationToken: _cancellationToken);
        _device.MatMul(Matrix.Of(lower).Transposed, Matrix.Of(product), Matrix.Of(result), cancellationToken: _cancellationToken);
        double[] square = DoubleTensors.All(result).ToArray();
        for (int i = 0; i < inner; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double mean = (square[(i * inner) + j] + square[(j * inner) + i]) / 2;
                square[(i * inner) + j] = square[(j * inner) + i] = mean;
            }
        }

        return square;
    }

    private HostTensor Lower()
    {
        HostTensor lower = DoubleTensors.Create(_sum.Rank, _cholesky.Rank);
        Span<double> values = DoubleTensors.All(lower);
        for (int i = 0; i < _sum.Rank; i++)
        {
            _cholesky.Row(i).CopyTo(values[(i * _cholesky.Rank)..]);
        }

        return lower;
    }
}

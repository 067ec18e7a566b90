using ModelTensors;
using ModelTensors.Devices;

namespace LoraFederation.LowRank;

/// <summary>
/// The inner products of all columns of a sum's left factor, and of all rows of its right one, in double: R × R each. Norms, distances, noise and singular values
/// come from them alone.
/// </summary>
public sealed class FactorGrams
{
    private readonly double[] _left;
    private readonly double[] _right;

    private FactorGrams(int rank, double[] left, double[] right)
    {
        Rank = rank;
        _left = left;
        _right = right;
    }

    /// <summary>Gets the number of columns, R.</summary>
    public int Rank { get; }

    /// <summary>Gets <c>Leftᵀ · Left</c>, row after row.</summary>
    public ReadOnlySpan<double> Left => _left;

    /// <summary>Gets <c>Right · Rightᵀ</c>, row after row.</summary>
    public ReadOnlySpan<double> Right => _right;

    /// <summary>Computes the products: (rows + columns) · R² multiply-adds.</summary>
    /// <param name="sum">The factors.</param>
    /// <param name="device">Multiplies.</param>
    /// <param name="cancellationToken">Stops the multiplication.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static FactorGrams Compute(LowRankSum sum, TensorDevice device, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sum);
        ArgumentNullException.ThrowIfNull(device);
        return new FactorGrams(
            sum.Rank, Gram(Matrix.Of(sum.Left), device, cancellationToken), Gram(Matrix.Of(sum.Right).Transposed, device, cancellationToken));
    }

    /// <summary>Gets the inner product of two columns of the left factor.</summary>
    /// <param name="first">One column.</param>
    /// <param name="second">The other.</param>
    public double LeftProduct(int first, int second) => _left[(first * Rank) + second];

    /// <summary>Gets the inner product of two rows of the right factor.</summary>
    /// <param name="first">One row.</param>
    /// <param name="second">The other.</param>
    public double RightProduct(int first, int second) => _right[(first * Rank) + second];

    private static double[] Gram(Matrix operand, TensorDevice device, CancellationToken cancellationToken)
    {
        using HostTensor products = new(DataType.F64, new TensorShape(operand.Columns, operand.Columns));
        device.Gram(operand, products, cancellationToken);
        return products.AsSpan<double>(0, checked((int)products.Shape.ElementCount)).ToArray();
    }
}

namespace ModelTensors.Devices;

/// <summary>The inner products of k vectors: a symmetric, positive semidefinite k × k matrix.</summary>
public sealed class GramMatrix
{
    private readonly double[,] _products;

    /// <summary>Creates a matrix.</summary>
    /// <param name="products">The inner products; square and symmetric. Copied.</param>
    public GramMatrix(double[,] products)
    {
        ArgumentNullException.ThrowIfNull(products);
        if (products.GetLength(0) != products.GetLength(1))
        {
            throw new ArgumentException("A Gram matrix is square.", nameof(products));
        }

        _products = (double[,])products.Clone();
    }

    /// <summary>Gets the number of vectors.</summary>
    public int Count => _products.GetLength(0);

    /// <summary>Gets an inner product.</summary>
    /// <param name="row">The index of one vector.</param>
    /// <param name="column">The index of the other.</param>
    public double this[int row, int column] => _products[row, column];

    /// <summary>Returns the Euclidean norm of one vector.</summary>
    /// <param name="index">The vector's index.</param>
    public double Norm(int index) => Math.Sqrt(_products[index, index]);

    /// <summary>Returns |Σ coefficients[i] · vector i|², clamped at zero, which rounding could otherwise undershoot.</summary>
    /// <param name="coefficients">A coefficient for each vector.</param>
    public double SquaredNorm(ReadOnlySpan<double> coefficients)
    {
        double sum = 0;
        for (int i = 0; i < coefficients.Length; i++)
        {
            for (int j = 0; j < coefficients.Length; j++)
            {
                sum += coefficients[i] * coefficients[j] * _products[i, j];
            }
        }

        return Math.Max(0, sum);
    }
}

namespace ModelTensors.Devices;

/// <summary>A Gram matrix for each vector of a tensor: the inner products, over that vector's elements, of k inputs.</summary>
public sealed class GramMatrices
{
    private readonly int _inputs;
    private readonly double[] _products;

    /// <summary>Creates the matrices.</summary>
    /// <param name="inputs">The number of inputs k.</param>
    /// <param name="products">
    /// For each vector the k·(k + 1) / 2 inner products (0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2) and so on. Kept, not copied.
    /// </param>
    /// <exception cref="ArgumentException">The number of products does not divide by vectors.</exception>
    public GramMatrices(int inputs, double[] products)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentNullException.ThrowIfNull(products);
        int pairs = inputs * (inputs + 1) / 2;
        if (products.Length % pairs != 0)
        {
            throw new ArgumentException($"{products.Length} inner products are not {pairs} for each vector.", nameof(products));
        }

        _inputs = inputs;
        _products = products;
        Count = products.Length / pairs;
    }

    /// <summary>Gets the number of vectors.</summary>
    public int Count { get; }

    /// <summary>Gets the inner products of one vector.</summary>
    /// <param name="vector">The vector's index.</param>
    public GramMatrix this[int vector]
    {
        get
        {
            double[,] products = new double[_inputs, _inputs];
            int next = vector * (_inputs * (_inputs + 1) / 2);
            for (int right = 0; right < _inputs; right++)
            {
                for (int left = 0; left <= right; left++)
                {
                    products[left, right] = products[right, left] = _products[next++];
                }
            }

            return new GramMatrix(products);
        }
    }
}

namespace LoraFederation.LowRank;

/// <summary>
/// The inner products of clients' updates, <c>⟨ΔW_i, ΔW_j⟩</c> over one module or many: norms, distances and similarities in the space of the products, where it does
/// not matter how a product is split into factors.
/// </summary>
public sealed class ClientGram
{
    private readonly double[] _products;

    private ClientGram(int count, double[] products)
    {
        Count = count;
        _products = products;
    }

    /// <summary>Gets the number of clients, K.</summary>
    public int Count { get; }

    /// <summary>Gets an inner product.</summary>
    /// <param name="first">One client, from 0.</param>
    /// <param name="second">The other.</param>
    public double this[int first, int second] => _products[(first * Count) + second];

    /// <summary>Computes the inner products of one module: <c>c_i c_j Σ (LeftᵀLeft ∘ Right Rightᵀ)</c> over the block of i and j.</summary>
    /// <param name="sum">The module's factors. Coefficients count: those of a sum of weighted updates give products of weighted updates.</param>
    /// <param name="grams">The Gram matrices of the sum.</param>
    /// <param name="count">The number of clients, K.</param>
    /// <param name="clients">The client of each term, from 0 to K - 1, each at most once; those without a term have no part in the module. One after the other when null.</param>
    /// <exception cref="ArgumentException">Clients are not one for each term, or not different ones of K.</exception>
    public static ClientGram OfModule(LowRankSum sum, FactorGrams grams, int count, IReadOnlyList<int>? clients = null)
    {
        ArgumentNullException.ThrowIfNull(sum);
        ArgumentNullException.ThrowIfNull(grams);
        clients ??= [.. Enumerable.Range(0, sum.Coefficients.Count)];
        if (clients.Count != sum.Coefficients.Count || clients.Distinct().Count() != clients.Count || clients.Any(client => client < 0 || client >= count))
        {
            throw new ArgumentException(
                $"{sum.Coefficients.Count} terms belong to as many different clients from 0 to {count - 1}: they are {string.Join(", ", clients)}.", nameof(clients));
        }

        double[] products = new double[checked(count * count)];
        for (int first = 0; first < clients.Count; first++)
        {
            for (int second = 0; second <= first; second++)
            {
                double product = sum.Coefficients[first] * sum.Coefficients[second] * Block(sum, grams, first, second);
                products[(clients[first] * count) + clients[second]] = product;
                products[(clients[second] * count) + clients[first]] = product;
            }
        }

        return new ClientGram(count, products);
    }

    /// <summary>Returns the inner products over the modules of both. Sums are rounded: add modules in one order to get the same bits.</summary>
    /// <param name="other">Products of as many clients over other modules.</param>
    /// <exception cref="ArgumentException">It has another number of clients.</exception>
    public ClientGram Add(ClientGram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return other.Count == Count
            ? new ClientGram(Count, [.. _products.Zip(other._products, (left, right) => left + right)])
            : throw new ArgumentException($"Products of {other.Count} clients cannot be added to those of {Count}.", nameof(other));
    }

    /// <summary>Returns the norm of a client's update.</summary>
    /// <param name="client">The client, from 0.</param>
    public double Norm(int client) => Math.Sqrt(this[client, client]);

    /// <summary>Returns the squared distance of two updates, <c>|ΔW_i - ΔW_j|²</c>, never below zero.</summary>
    /// <param name="first">One client, from 0.</param>
    /// <param name="second">The other.</param>
    public double SquaredDistance(int first, int second) => Math.Max(0, this[first, first] + this[second, second] - (2 * this[first, second]));

    /// <summary>Returns the cosine between two updates, in [-1, 1]; 0 where one of them is zero.</summary>
    /// <param name="first">One client, from 0.</param>
    /// <param name="second">The other.</param>
    public double Cosine(int first, int second)
    {
        double norms = Norm(first) * Norm(second);
        return norms > 0 ? Math.Clamp(this[first, second] / norms, -1, 1) : 0;
    }

    /// <summary>Returns the norm of a weighted sum of updates.</summary>
    /// <param name="weights">A weight for each client.</param>
    public double NormOfSum(ReadOnlySpan<double> weights)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, Count, nameof(weights));
        double square = 0;
        for (int i = 0; i < _products.Length; i++)
        {
            square += weights[i / Count] * weights[i % Count] * _products[i];
        }

        return Math.Sqrt(Math.Max(0, square));
    }

    private static double Block(LowRankSum sum, FactorGrams grams, int first, int second)
    {
        double product = 0;
        int columns = sum.StartOf(second) + sum.RankOf(second);
        for (int row = sum.StartOf(first); row < sum.StartOf(first) + sum.RankOf(first); row++)
        {
            for (int column = sum.StartOf(second); column < columns; column++)
            {
                product = Math.FusedMultiplyAdd(grams.LeftProduct(row, column), grams.RightProduct(row, column), product);
            }
        }

        return product;
    }
}

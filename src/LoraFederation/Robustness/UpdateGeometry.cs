using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;

namespace LoraFederation.Robustness;

/// <summary>Norms, distances and angles of whole updates: the K × K inner products <c>Σ_modules ⟨s_i B_i A_i, s_j B_j A_j⟩</c>, biases included, in double.</summary>
/// <remarks>
/// <para>The same update has many factors, <c>(B G)(G⁻¹ A)</c>, so distances of factors say nothing; these are of the products. No product is formed: for two
/// clients it is <c>s_i s_j Σ_ab (Bᵀ B)_ab (A Aᵀ)_ab</c> over their blocks of the two Gram matrices, at (m + n) R² operations a module.</para>
/// <para>A distance is off by about 1e-16 of the larger norm squared, under the root: updates that agree in more than eight digits are the same here.</para>
/// </remarks>
public sealed class UpdateGeometry
{
    private readonly double[] _products;

    private UpdateGeometry(IReadOnlyList<string> clients, double[] products)
    {
        Clients = clients;
        _products = products;
    }

    /// <summary>Gets the clients, in the order of the federation.</summary>
    public IReadOnlyList<string> Clients { get; }

    /// <summary>Gets the number of clients.</summary>
    public int Count => Clients.Count;

    /// <summary>Measures the updates of a round; modules that a client lacks are zero.</summary>
    /// <param name="federation">The updates.</param>
    /// <param name="context">What to compute with.</param>
    /// <exception cref="FederationException">An update holds whole tensors: they replace the model's, and are no changes that could be measured.</exception>
    public static UpdateGeometry Of(Federation federation, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(federation);
        ArgumentNullException.ThrowIfNull(context);
        int count = federation.Updates.Count;
        foreach (ClientUpdate update in federation.Updates)
        {
            if (update.Adapter.WholeTensors.Keys.Order(StringComparer.Ordinal).FirstOrDefault() is { } name)
            {
                throw new FederationException(
                    FederationError.Unsupported,
                    $"Client '{update.ClientId}' sends '{name}' whole: norms and distances are of updates, and a tensor that replaces the model's is none. Train without modules to save, or leave them out.",
                    update.ClientId,
                    name);
            }
        }

        double[] products = new double[count * count];
        foreach (string path in federation.ModulePaths)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            (int Client, LoraModule Module)[] present =
                [.. Enumerable.Range(0, count).Select(i => (i, federation.Updates[i].Adapter.TryGet(path, out LoraModule? module) ? module : null)).Where(pair => pair.Item2 is not null)!];
            AddFactors(products, count, present, context);
            AddBiases(products, count, present);
        }

        return new UpdateGeometry([.. federation.Updates.Select(update => update.ClientId)], products);
    }

    /// <summary>Returns the inner product of two updates.</summary>
    /// <param name="first">A client, from 0.</param>
    /// <param name="second">A client, from 0.</param>
    public double Product(int first, int second) => _products[(first * Count) + second];

    /// <summary>Returns the Frobenius norm of an update over all modules.</summary>
    /// <param name="client">The client, from 0.</param>
    public double Norm(int client) => Math.Sqrt(Math.Max(0, Product(client, client)));

    /// <summary>Returns the squared distance of two updates; never negative.</summary>
    /// <param name="first">A client, from 0.</param>
    /// <param name="second">A client, from 0.</param>
    public double SquaredDistance(int first, int second) => first == second ? 0 : Math.Max(0, Product(first, first) + Product(second, second) - (2 * Product(first, second)));

    /// <summary>Returns the cosine of the angle between two updates; 0 where one is zero.</summary>
    /// <param name="first">A client, from 0.</param>
    /// <param name="second">A client, from 0.</param>
    public double Cosine(int first, int second)
    {
        double norms = Norm(first) * Norm(second);
        return norms > 0 ? Math.Clamp(Product(first, second) / norms, -1, 1) : 0;
    }

    /// <summary>Returns the distance of each update from a weighted sum of all.</summary>
    /// <param name="weights">The weight of each update in the sum; finite.</param>
    public double[] DistancesFrom(IReadOnlyList<double> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Count, Count);
        double[] along = new double[Count];
        double square = 0;
        for (int i = 0; i < Count; i++)
        {
            for (int j = 0; j < Count; j++)
            {
                along[i] += weights[j] * Product(i, j);
            }

            square += weights[i] * along[i];
        }

        return [.. along.Select((product, i) => Math.Sqrt(Math.Max(0, Product(i, i) - (2 * product) + square)))];
    }

    private static void AddFactors(double[] products, int count, (int Client, LoraModule Module)[] present, AggregationContext context)
    {
        using LowRankSum sum = new([.. present.Select(client => new LowRankTerm(client.Module, client.Module.Scaling))]);
        using HostTensor left = new(DataType.F64, new TensorShape(sum.Rank, sum.Rank));
        using HostTensor right = new(DataType.F64, new TensorShape(sum.Rank, sum.Rank));
        context.Device.Gram(Matrix.Of(sum.Left), left, context.CancellationToken);
        context.Device.Gram(Matrix.Of(sum.Right).Transposed, right, context.CancellationToken);
        for (int i = 0; i < present.Length; i++)
        {
            for (int j = i; j < present.Length; j++)
            {
                int start = sum.StartOf(j);
                int length = (int)present[j].Module.Rank;
                double product = 0;
                for (int row = sum.StartOf(i); row < sum.StartOf(i) + present[i].Module.Rank; row++)
                {
                    ReadOnlySpan<double> lefts = left.AsSpan<double>(((long)row * sum.Rank) + start, length);
                    ReadOnlySpan<double> rights = right.AsSpan<double>(((long)row * sum.Rank) + start, length);
                    for (int column = 0; column < length; column++)
                    {
                        product = Math.FusedMultiplyAdd(lefts[column], rights[column], product);
                    }
                }

                Add(products, count, present[i], present[j], product);
            }
        }
    }

    private static void AddBiases(double[] products, int count, (int Client, LoraModule Module)[] present)
    {
        (int Client, LoraModule Module)[] biased = [.. present.Where(client => client.Module.Bias is not null)];
        float[][] biases = [.. biased.Select(client => Read(client.Module.Bias!))];
        for (int i = 0; i < biased.Length; i++)
        {
            for (int j = i; j < biased.Length; j++)
            {
                double product = 0;
                for (int row = 0; row < biases[i].Length; row++)
                {
                    product = Math.FusedMultiplyAdd(biases[i][row], biases[j][row], product);
                }

                Add(products, count, biased[i], biased[j], product);
            }
        }
    }

    private static void Add(double[] products, int count, (int Client, LoraModule Module) first, (int Client, LoraModule Module) second, double product)
    {
        double scaled = first.Module.Scaling * second.Module.Scaling * product;
        products[(first.Client * count) + second.Client] += scaled;
        if (first.Client != second.Client)
        {
            products[(second.Client * count) + first.Client] += scaled;
        }
    }

    private static float[] Read(TensorSource source)
    {
        float[] values = new float[source.Shape.ElementCount];
        FactorReader.ForEachPiece(source, (start, piece) => piece.CopyTo(values.AsSpan((int)start)));
        return values;
    }
}

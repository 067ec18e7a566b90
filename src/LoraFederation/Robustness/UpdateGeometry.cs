using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Robustness;

/// <summary>Norms, distances and angles of whole updates: the K × K inner products <c>Σ_modules ⟨s_i B_i A_i, s_j B_j A_j⟩</c>, biases included, in double.</summary>
/// <remarks>
/// <para>The same update has many factors, <c>(B G)(G⁻¹ A)</c>, so distances of factors say nothing; these are of the products. No product is formed: for two
/// clients it is <c>s_i s_j Σ_ab (Bᵀ B)_ab (A Aᵀ)_ab</c> over their blocks of the two Gram matrices, at (m + n) R² operations a module.</para>
/// <para>A distance is off by about 1e-16 of the larger norm squared, under the root: updates that agree in more than eight digits are the same here.</para>
/// </remarks>
public sealed class UpdateGeometry
{
    private readonly ClientGram _products;

    private UpdateGeometry(IReadOnlyList<string> clients, ClientGram products)
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

        List<ClientGram> parts = [];
        foreach (string path in federation.ModulePaths)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            List<(int Client, LoraModule Module)> present = [];
            List<(int Client, LoraModule Module)> biased = [];
            for (int client = 0; client < count; client++)
            {
                if (federation.Updates[client].Adapter.TryGet(path, out LoraModule? module))
                {
                    present.Add((client, module));
                    if (module.Bias is { } bias)
                    {
                        biased.Add((client, AsModule(module, bias)));
                    }
                }
            }

            parts.Add(Measure(count, present, context));
            if (biased.Count > 0)
            {
                parts.Add(Measure(count, biased, context));
            }
        }

        return new UpdateGeometry([.. federation.Updates.Select(update => update.ClientId)], parts.Aggregate((sum, part) => sum.Add(part)));
    }

    /// <summary>Returns the inner product of two updates.</summary>
    /// <param name="first">A client, from 0.</param>
    /// <param name="second">A client, from 0.</param>
    public double Product(int first, int second) => _products[first, second];

    /// <summary>Returns the Frobenius norm of an update over all modules.</summary>
    /// <param name="client">The client, from 0.</param>
    public double Norm(int client) => Math.Sqrt(Math.Max(0, Product(client, client)));

    /// <summary>Returns the squared distance of two updates; never negative.</summary>
    /// <param name="first">A client, from 0.</param>
    /// <param name="second">A client, from 0.</param>
    public double SquaredDistance(int first, int second) => _products.SquaredDistance(first, second);

    /// <summary>Returns the cosine of the angle between two updates; 0 where one is zero.</summary>
    /// <param name="first">A client, from 0.</param>
    /// <param name="second">A client, from 0.</param>
    public double Cosine(int first, int second) => _products.Cosine(first, second);

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

    private static ClientGram Measure(int count, List<(int Client, LoraModule Module)> present, AggregationContext context)
    {
        using LowRankSum sum = new([.. present.Select(client => new LowRankTerm(client.Module, client.Module.Scaling))]);
        return ClientGram.OfModule(
            sum, FactorGrams.Compute(sum, context.Device, context.CancellationToken), count, [.. present.Select(client => client.Client)]);
    }

    /// <summary>A bias as a module: what it adds is its product with a one.</summary>
    private static LoraModule AsModule(LoraModule module, TensorSource bias) => new(
        module.BiasName,
        LoraModuleKind.Linear,
        HostTensor.FromSingles([1f], new TensorShape(1, 1)).Source,
        new ReshapedSource(bias, new TensorShape(bias.Shape[0], 1)),
        module.Scaling);
}

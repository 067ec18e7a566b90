using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Aggregators;

/// <summary>What the clients have of one module: the summands of <c>Σ p_k s_k B_k A_k</c>, ordered by client.</summary>
public sealed class ModuleContributions
{
    /// <summary>Creates the contributions to one module.</summary>
    /// <param name="clients">At least one, all of one path, kind and size of update.</param>
    public ModuleContributions(IReadOnlyList<Contribution> clients)
    {
        ArgumentNullException.ThrowIfNull(clients);
        ArgumentOutOfRangeException.ThrowIfZero(clients.Count);
        Clients = clients;
    }

    /// <summary>Gets the clients that have the module, ordered by name.</summary>
    public IReadOnlyList<Contribution> Clients { get; }

    /// <summary>Gets the module's path in the model.</summary>
    public string Path => Clients[0].Module.Path;

    /// <summary>Gets the kind of layer.</summary>
    public LoraModuleKind Kind => Clients[0].Module.Kind;

    /// <summary>Gets whether the weight is stored [in, out].</summary>
    public bool IsTransposed => Clients[0].Module.IsTransposed;

    /// <summary>Gets m, the number of rows of B.</summary>
    public long Outputs => Clients[0].Module.B.Shape[0];

    /// <summary>Gets n, the number of elements of a row of A.</summary>
    public long Inputs => Clients[0].Module.A.Shape.ElementCount / Clients[0].Module.Rank;

    /// <summary>Gets R, the sum of the ranks.</summary>
    public int TotalRank => Clients.Sum(client => client.Rank);

    /// <summary>Gets the greatest rank.</summary>
    public int MaxRank => Clients.Max(client => client.Rank);

    /// <summary>Gets the type of all factors, or F32 where they have several.</summary>
    public DataType CommonType
    {
        get
        {
            DataType first = Clients[0].Module.A.DataType;
            return Clients.All(client => client.Module.A.DataType == first && client.Module.B.DataType == first) ? first : DataType.F32;
        }
    }

    /// <summary>Gets the sum of the clients' weights: one, or less where clients that lack the module count as zero or the rule gives less.</summary>
    public double TotalWeight => Clients.Sum(client => client.Weight);

    /// <summary>Reads the factors as one sum whose product is the exact aggregate.</summary>
    /// <returns>The sum; the caller disposes it.</returns>
    public LowRankSum ToSum() => new([.. Clients.Select(client => new LowRankTerm(client.Module, client.Coefficient))]);

    /// <summary>Returns the common rank.</summary>
    /// <param name="method">The method that needs it, for the error.</param>
    /// <param name="alternative">The method that takes any ranks, for the error; null where none does the same.</param>
    /// <exception cref="FederationException">The ranks differ.</exception>
    public int RequireEqualRanks(string method, string? alternative = null)
    {
        int rank = Clients[0].Rank;
        return Clients.All(client => client.Rank == rank)
            ? rank
            : throw new FederationException(
                FederationError.RanksDiffer,
                $"Method '{method}' needs one rank of all clients; module '{Path}' has {string.Join(", ", Clients.Select(client => $"{client.Rank} ('{client.ClientId}')"))}."
                    + (alternative is null ? string.Empty : $" '{alternative}' takes any ranks."),
                module: Path);
    }

    /// <summary>Makes a module of this path.</summary>
    /// <param name="a">[rank, inputs] in memory or computed; a convolution's gets its kernel's dimensions back.</param>
    /// <param name="b">[outputs, rank].</param>
    /// <param name="bias">[outputs], or null.</param>
    /// <param name="scaling">The factor of the product; finite.</param>
    public LoraModule CreateModule(TensorSource a, TensorSource b, TensorSource? bias = null, double scaling = 1)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return ModuleParts.Create(Clients[0].Module, a, b, bias, scaling);
    }
}

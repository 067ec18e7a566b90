using LoraFederation.Aggregators;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation;

/// <summary>The updates of one round, checked against each other and ordered by client, so that nothing depends on the order of arrival.</summary>
public sealed class Federation
{
    private Federation(IReadOnlyList<ClientUpdate> updates)
    {
        Updates = updates;
        ModulePaths = [.. updates.SelectMany(update => update.Adapter.Modules).Select(module => module.Path).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        WholeTensorNames = [.. updates.SelectMany(update => update.Adapter.WholeTensors.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>Gets the updates, ordered by client.</summary>
    public IReadOnlyList<ClientUpdate> Updates { get; }

    /// <summary>Gets the paths of the modules that any client has, ordered.</summary>
    public IReadOnlyList<string> ModulePaths { get; }

    /// <summary>Gets the names of the whole tensors that any client has, ordered.</summary>
    public IReadOnlyList<string> WholeTensorNames { get; }

    /// <summary>Checks updates against each other and puts them in order.</summary>
    /// <param name="updates">The updates; at least one.</param>
    /// <exception cref="FederationException">There are none, two of one client, or they were made for different models; the error lists everything.</exception>
    public static Federation Create(IEnumerable<ClientUpdate> updates)
    {
        ArgumentNullException.ThrowIfNull(updates);
        ClientUpdate[] ordered = [.. updates.OrderBy(update => update.ClientId, StringComparer.Ordinal)];
        IReadOnlyList<FederationProblem> problems = FederationRules.Check(ordered);
        return problems.Count == 0 ? new Federation(ordered) : throw new FederationException(problems);
    }

    /// <summary>Returns what the clients have of a module.</summary>
    /// <param name="path">The module's path; some client has it.</param>
    /// <param name="weights">A weight for each update.</param>
    /// <param name="missing">What the module counts for with clients that lack it.</param>
    /// <exception cref="FederationException">A client lacks the module and the policy is <see cref="MissingModulePolicy.Fail"/>, or all that have it weigh nothing.</exception>
    public ModuleContributions Contributions(string path, IReadOnlyList<double> weights, MissingModulePolicy missing)
    {
        List<(ClientUpdate Update, LoraModule Module, double Weight)> present = [];
        List<string> absent = [];
        for (int i = 0; i < Updates.Count; i++)
        {
            if (Updates[i].Adapter.TryGet(path, out LoraModule? module))
            {
                present.Add((Updates[i], module, weights[i]));
            }
            else
            {
                absent.Add(Updates[i].ClientId);
            }
        }

        double scale = Scale(path, weights.Sum(), present.Sum(client => client.Weight), absent, missing);
        return new ModuleContributions([.. present.Select(client => new Contribution(client.Update.ClientId, client.Weight * scale, client.Module))]);
    }

    /// <summary>Returns the clients' tensors of a name, with weights of sum one: a tensor that replaces the model's has no zero update to count for those that lack it.</summary>
    /// <param name="name">The tensor's name in the model; some client has it.</param>
    /// <param name="weights">A weight for each update, of sum one.</param>
    /// <param name="missing">Whether clients may lack it.</param>
    internal IReadOnlyList<(double Weight, TensorSource Source)> WholeTensors(string name, IReadOnlyList<double> weights, MissingModulePolicy missing)
    {
        List<(double Weight, TensorSource Source)> present = [];
        List<string> absent = [];
        for (int i = 0; i < Updates.Count; i++)
        {
            if (Updates[i].Adapter.WholeTensors.TryGetValue(name, out TensorSource? source))
            {
                present.Add((weights[i], source));
            }
            else
            {
                absent.Add(Updates[i].ClientId);
            }
        }

        double scale = Scale(name, 1, present.Sum(client => client.Weight), absent, missing == MissingModulePolicy.Fail ? missing : MissingModulePolicy.RenormalizePresent);
        return [.. present.Select(client => (client.Weight * scale, client.Source))];
    }

    private static double Scale(string name, double total, double sum, List<string> absent, MissingModulePolicy missing)
    {
        if (absent.Count > 0 && missing == MissingModulePolicy.Fail)
        {
            throw new FederationException(
                FederationError.MissingModule,
                $"'{name}' is missing with {string.Join(", ", absent.Select(client => $"'{client}'"))}, and the policy asks for it from every client.",
                absent[0],
                name);
        }

        // A product with weight zero is zero; a mean over nothing is not defined.
        return missing != MissingModulePolicy.RenormalizePresent ? 1
            : sum > 0 ? total / sum
            : throw new FederationException(FederationError.Weights, $"All clients that have '{name}' weigh nothing, so there is no mean of it.", module: name);
    }
}

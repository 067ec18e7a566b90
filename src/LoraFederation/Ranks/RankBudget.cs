using ModelTensors;

namespace LoraFederation.Ranks;

/// <summary>Spends a number of parameters over all modules where they hold the most energy: components go in by <c>σ² / (m + n)</c>, largest first.</summary>
/// <remarks>
/// Water-filling: all modules are filled to one level of energy for each parameter. A component that no longer fits closes its module; smaller modules go on. Among
/// equals the module that comes first goes first.
/// </remarks>
public sealed record RankBudget : RankPolicy
{
    private RankBudget(long parameters)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parameters, 1);
        Parameters = parameters;
    }

    /// <summary>Gets the most parameters of all modules together.</summary>
    public long Parameters { get; }

    /// <summary>Gets the least rank of each module, where it has so many components: what is spent first.</summary>
    /// <value>Not negative; 1 by default.</value>
    public int MinimumRank
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 1;

    /// <summary>Gets the greatest rank of each module; where it is below <see cref="MinimumRank"/> it wins.</summary>
    /// <value>At least 1; unbounded by default.</value>
    public int MaximumRank
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = int.MaxValue;

    /// <summary>Creates a budget of parameters.</summary>
    /// <param name="parameters">The most parameters, at least 1.</param>
    public static RankBudget OfParameters(long parameters) => new(parameters);

    /// <summary>Creates a budget of the bytes that the factors take.</summary>
    /// <param name="bytes">The most bytes, at least those of one parameter.</param>
    /// <param name="dataType">The type that factors are stored in.</param>
    public static RankBudget OfBytes(long bytes, DataType dataType) => new(bytes / dataType.Size);

    /// <inheritdoc />
    /// <exception cref="ArgumentException">The budget is too small for the least rank of all modules.</exception>
    public override IReadOnlyList<int> Choose(IReadOnlyList<ModuleSpectrum> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        int[] ranks = new int[modules.Count];
        long spent = 0;
        PriorityQueue<int, (double, int)> next = new();
        for (int i = 0; i < ranks.Length; i++)
        {
            ranks[i] = Math.Min(Math.Min(MinimumRank, MaximumRank), modules[i].SingularValues.Count);
            spent = checked(spent + (ranks[i] * modules[i].ParametersPerRank));
            Enqueue(next, modules, ranks, i);
        }

        if (spent > Parameters)
        {
            throw new ArgumentException(
                $"A budget of {Parameters} parameters is too small: rank {MinimumRank} of {modules.Count} modules takes {spent}. Raise the budget or lower {nameof(MinimumRank)}.",
                nameof(modules));
        }

        while (next.TryDequeue(out int module, out _))
        {
            long cost = modules[module].ParametersPerRank;
            if (cost <= Parameters - spent)
            {
                spent += cost;
                ranks[module]++;
                Enqueue(next, modules, ranks, module);
            }
        }

        return ranks;
    }

    /// <summary>Offers a module's next component, if it has one. The queue takes the smallest priority first.</summary>
    private void Enqueue(PriorityQueue<int, (double, int)> next, IReadOnlyList<ModuleSpectrum> modules, int[] ranks, int module)
    {
        IReadOnlyList<double> values = modules[module].SingularValues;
        if (ranks[module] < Math.Min(values.Count, MaximumRank))
        {
            double value = values[ranks[module]];
            next.Enqueue(module, (-(value * value / modules[module].ParametersPerRank), module));
        }
    }
}

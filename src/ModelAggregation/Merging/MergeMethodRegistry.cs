using System.Diagnostics.CodeAnalysis;
using ModelAggregation.Merging.Methods;

namespace ModelAggregation.Merging;

/// <summary>The merge methods that recipes can name. Not thread-safe while methods are added.</summary>
public sealed class MergeMethodRegistry
{
    private readonly SortedDictionary<string, MergeMethod> _methods = new(StringComparer.Ordinal);

    /// <summary>Gets the methods, ordered by name.</summary>
    public IReadOnlyCollection<MergeMethod> Methods => _methods.Values;

    /// <summary>Creates a registry with the methods of this library.</summary>
    public static MergeMethodRegistry CreateDefault() => new MergeMethodRegistry()
        .Add(new ArceeFusionMerge())
        .Add(new BreadcrumbsMerge())
        .Add(new BreadcrumbsTiesMerge())
        .Add(new DareLinearMerge())
        .Add(new DareTiesMerge())
        .Add(new DellaLinearMerge())
        .Add(new DellaMerge())
        .Add(new FisherMerge())
        .Add(new KarcherMerge())
        .Add(new LinearMerge())
        .Add(new ModelStockMerge())
        .Add(new MultiSlerpMerge())
        .Add(new NearSwapMerge())
        .Add(new NuSlerpMerge())
        .Add(new PassthroughMerge())
        .Add(new RamMerge())
        .Add(new RamPlusMerge())
        .Add(new RegMeanMerge())
        .Add(new SceMerge())
        .Add(new SlerpMerge())
        .Add(new TaskArithmeticMerge())
        .Add(new TiesMerge());

    /// <summary>Adds a method.</summary>
    /// <param name="method">The method.</param>
    /// <returns>This registry.</returns>
    /// <exception cref="ArgumentException">A method of that name is registered already.</exception>
    public MergeMethodRegistry Add(MergeMethod method)
    {
        ArgumentNullException.ThrowIfNull(method);
        return _methods.TryAdd(method.Name, method)
            ? this
            : throw new ArgumentException($"A merge method named '{method.Name}' is registered already.", nameof(method));
    }

    /// <summary>Finds a method by name.</summary>
    /// <param name="name">The name in recipes.</param>
    /// <param name="method">The method.</param>
    public bool TryGet(string name, [NotNullWhen(true)] out MergeMethod? method) => _methods.TryGetValue(name, out method);
}

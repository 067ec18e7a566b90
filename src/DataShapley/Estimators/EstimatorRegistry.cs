using System.Diagnostics.CodeAnalysis;

namespace DataShapley.Estimators;

/// <summary>The estimators that recipes and command lines can name, each with its default settings. Not thread-safe while estimators are added.</summary>
public sealed class EstimatorRegistry
{
    private readonly SortedDictionary<string, Estimator> _estimators = new(StringComparer.Ordinal);

    /// <summary>Gets the estimators, ordered by name.</summary>
    public IReadOnlyCollection<Estimator> Estimators => _estimators.Values;

    /// <summary>Creates a registry with the estimators of this library.</summary>
    public static EstimatorRegistry CreateDefault() => new EstimatorRegistry()
        .Add(new AmeEstimator())
        .Add(new AntitheticPermutationEstimator())
        .Add(new BanzhafMsrEstimator())
        .Add(new BetaShapleyEstimator())
        .Add(new ClassWiseShapleyEstimator())
        .Add(new ComplementaryContributionsEstimator())
        .Add(new CyclicPermutationEstimator())
        .Add(new DataOutOfBagEstimator())
        .Add(new DeltaShapleyEstimator())
        .Add(new ExactEstimator())
        .Add(new FixedSizeMsrEstimator())
        .Add(new GroupRemovalEstimator())
        .Add(new GroupTestingEstimator())
        .Add(new InfluenceSubsampleEstimator())
        .Add(new KernelShapEstimator())
        .Add(new LeastCoreEstimator())
        .Add(new LeaveOneOutEstimator())
        .Add(new MarginalEstimator())
        .Add(new NeymanEstimator())
        .Add(new OwenEstimator())
        .Add(new PermutationEstimator())
        .Add(new RandomEstimator())
        .Add(new StratifiedEstimator())
        .Add(new StratifiedSvarmEstimator())
        .Add(new SurrogateEstimator())
        .Add(new SvarmEstimator());

    /// <summary>Adds an estimator.</summary>
    /// <param name="estimator">The estimator.</param>
    /// <returns>This registry.</returns>
    /// <exception cref="ArgumentException">An estimator of that name is registered already.</exception>
    public EstimatorRegistry Add(Estimator estimator)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        return _estimators.TryAdd(estimator.Name, estimator)
            ? this
            : throw new ArgumentException($"An estimator named '{estimator.Name}' is registered already.", nameof(estimator));
    }

    /// <summary>Finds an estimator by name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="estimator">The estimator.</param>
    public bool TryGet(string name, [NotNullWhen(true)] out Estimator? estimator) => _estimators.TryGetValue(name, out estimator);
}

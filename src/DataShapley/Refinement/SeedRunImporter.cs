using System.Globalization;
using DataShapley.Estimators;
using DataShapley.Statistics;

namespace DataShapley.Refinement;

/// <summary>Reads what a run of SHED's public code left, whole or not, and computes the values that it should have given.</summary>
/// <remarks>
/// The code sums whole contributions, takes the value of nobody as 0, counts one iteration less than it paid for, and tells proxies apart by their instruction alone.
/// Here a value is the mean, over all whole iterations, of a group's contribution divided by the group's own size; the value of nobody is given;
/// and a proxy is its place in the file of proxies. What the files say is read as data; none of it is evaluated.
/// </remarks>
public static class SeedRunImporter
{
    /// <summary>Reads a run.</summary>
    /// <param name="folder">The folder with <c>cluster_center_{C}.json</c> and, of each iteration t, <c>count_file_{C}_{t}.txt</c> and <c>randomout_{C}_{t}.json</c>.</param>
    /// <param name="emptyValue">The accuracy of the model that is not tuned, finite, in the unit of the files.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The values with their standard errors, and which iterations they are of: those with an evaluation before each removal and all but the last group removed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The value of nobody is not finite.</exception>
    /// <exception cref="RefinementException">A file is damaged, has records of another run or one run after another, or no iteration is whole.</exception>
    /// <exception cref="Datasets.DatasetException">A file of records is not JSON.</exception>
    /// <exception cref="ValuationException">The game does not suit the estimator.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static async Task<SeedRun> ImportAsync(string folder, double emptyValue, SeedRunOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!double.IsFinite(emptyValue))
        {
            throw new ArgumentOutOfRangeException(nameof(emptyValue), emptyValue, "The value of nobody is finite.");
        }

        options ??= new SeedRunOptions();
        int players = options.Clusters;
        int size = options.Estimator.CheckedSize(players);
        int steps = ((players - 1) / size) + 1;
        SeedProxies proxies = await SeedProxies.LoadAsync(Path.Combine(folder, $"cluster_center_{Text(players)}.json"), players, cancellationToken).ConfigureAwait(false);
        GroupShares shares = new(options.Estimator, players, steps);
        List<double[]> samples = [];
        List<int> finished = [];
        List<SeedIteration> unfinished = [];
        foreach (int number in Iterations(folder, players))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string count = Path.Combine(folder, $"count_file_{Text(players)}_{Text(number)}.txt");
            string removal = Path.Combine(folder, $"randomout_{Text(players)}_{Text(number)}.json");
            List<double> values = File.Exists(count) ? await SeedCountFile.ReadAsync(count, steps, cancellationToken).ConfigureAwait(false) : [];
            List<int> removed = File.Exists(removal) ? await proxies.ReadRemovedAsync(removal, cancellationToken).ConfigureAwait(false) : [];

            // Who leaves last is known without being removed.
            if (values.Count < steps || removed.Count < (steps - 1) * size)
            {
                unfinished.Add(new SeedIteration(number, values.Count, removed.Count));
                continue;
            }

            int[][] groups = [.. removed.Concat(Enumerable.Range(0, players).Except(removed)).Chunk(size)];
            (double[] Shares, int[] Steps) sample = Share(shares, groups, values, emptyValue);
            shares.Add(sample);
            finished.Add(number);
            samples.Add(sample.Shares);
        }

        return finished.Count > 0
            ? new SeedRun(Result(shares.ToEstimate(), samples, options.Estimator, steps, proxies), finished, unfinished)
            : throw new RefinementException(
                RefinementError.NothingFinished, $"'{folder}' has no whole iteration of {players} proxies in groups of {size}, with {steps} evaluations; {unfinished.Count} are begun. Check the number of clusters and the size of the groups.", folder);
    }

    private static (double[] Shares, int[] Steps) Share(GroupShares shares, int[][] groups, List<double> values, double empty)
    {
        double full = values[0];
        double[] contributions = GroupWalk.Contributions([.. values.Skip(1), empty], full, GroupDirection.Removal);
        return shares.Of(groups, contributions, groups.Length, empty, full);
    }

    private static ValuationResult Result(Estimate estimate, List<double[]> samples, GroupRemovalEstimator estimator, int steps, SeedProxies proxies) =>
        new(estimate.Values, estimate.StandardErrors, estimate.Counts)
        {
            Variances = estimate.Variances,
            DegreesOfFreedom = estimate.DegreesOfFreedom,

            // Centred samples are not independent: there are none for the bootstrap.
            Samples = estimator.Centre ? [] : samples,
            Estimator = estimator.Name,
            Settings = (estimator with { Iterations = samples.Count }).ToString(),
            Utility = $"shed:{proxies.Fingerprint}",
            Draws = samples.Count,
            Evaluations = (long)samples.Count * steps,
        };

    private static IEnumerable<int> Iterations(string folder, int clusters)
    {
        IEnumerable<int> counted = Numbers(folder, $"count_file_{Text(clusters)}_", ".txt");
        return counted.Concat(Numbers(folder, $"randomout_{Text(clusters)}_", ".json")).Distinct().Order();
    }

    // A number has one name: "01" is no iteration, so that no two files are of one.
    private static IEnumerable<int> Numbers(string folder, string prefix, string suffix)
    {
        foreach (string path in Directory.EnumerateFiles(folder, $"{prefix}*{suffix}"))
        {
            string text = Path.GetFileName(path)[prefix.Length..^suffix.Length];
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && string.Equals(text, Text(number), StringComparison.Ordinal))
            {
                yield return number;
            }
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

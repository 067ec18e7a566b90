namespace DataShapley.Refinement;

/// <summary>Gives each class of records a quota and lets another sampler choose within it.</summary>
/// <param name="Inner">What chooses within a class.</param>
/// <param name="Classes">The class of each record of the data set.</param>
public sealed record ClassQuotaSampler(Sampler Inner, IReadOnlyList<string> Classes) : Sampler
{
    /// <summary>Gets how the records to choose are shared.</summary>
    /// <value><see cref="QuotaRule.Equal"/> by default.</value>
    public QuotaRule Rule { get; init; }

    /// <summary>Gets quotas of classes by name, none negative. No more than these are chosen, of classes not named none; fewer where the number of records to choose is reached before.</summary>
    /// <value>Null by default: the rule shares.</value>
    public IReadOnlyDictionary<string, int>? Quotas
    {
        get;
        init
        {
            foreach ((string name, int quota) in value ?? new Dictionary<string, int>(StringComparer.Ordinal))
            {
                if (quota < 0)
                {
                    throw new ArgumentOutOfRangeException(nameof(value), quota, $"The quota of class '{name}' is negative.");
                }
            }

            field = value;
        }
    }

    /// <inheritdoc />
    public override string Name => $"class_quota({Inner.Name})";

    /// <summary>Chooses class after class, in ordinal order of their names.</summary>
    /// <param name="clusters">The clusters.</param>
    /// <param name="count">How many records, no more than there are.</param>
    /// <param name="seed">The seed of what is drawn.</param>
    /// <exception cref="ArgumentException">A record of the clusters has no class.</exception>
    protected internal override int[] Choose(ScoredClusters clusters, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(clusters);
        SortedDictionary<string, int> sizes = new(StringComparer.Ordinal);
        for (int cluster = 0; cluster < clusters.Count; cluster++)
        {
            foreach (int record in clusters.Members(cluster))
            {
                string name = record < Classes.Count ? Classes[record] : throw new ArgumentException($"Record {record} has no class: there are classes for {Classes.Count}.", nameof(clusters));
                sizes[name] = sizes.GetValueOrDefault(name) + 1;
            }
        }

        List<int> chosen = [];
        foreach ((string name, int share) in Shares(sizes, count))
        {
            ScoredClusters own = clusters.Where(record => string.Equals(Classes[record], name, StringComparison.Ordinal));
            chosen.AddRange(Inner.Sample(own, Math.Min(share, count - chosen.Count), seed));
        }

        return [.. chosen];
    }

    private IEnumerable<(string Name, int Share)> Shares(SortedDictionary<string, int> sizes, int count)
    {
        string[] names = [.. sizes.Keys];
        if (Quotas is not null)
        {
            return names.Select(name => (name, Quotas.GetValueOrDefault(name)));
        }

        int[] available = [.. sizes.Values];
        return names.Zip(Rule == QuotaRule.Equal ? Even(available, count) : Proportional(available, count));
    }

    private static int[] Even(int[] available, int count)
    {
        // The smallest first: what one cannot give, those after it share. Of those equal in size the last by name takes what does not divide.
        int[] shares = new int[available.Length];
        int left = count;
        int classes = available.Length;
        foreach (int i in Enumerable.Range(0, available.Length).OrderBy(i => available[i]).ToArray())
        {
            shares[i] = Math.Min(available[i], left / classes);
            left -= shares[i];
            classes--;
        }

        return shares;
    }

    private static int[] Proportional(int[] available, int count)
    {
        long total = available.Sum(size => (long)size);
        int[] shares = Array.ConvertAll(available, size => total == 0 ? 0 : (int)((long)size * count / total));
        int left = count - shares.Sum();
        foreach (int i in Enumerable.Range(0, shares.Length).OrderByDescending(i => (long)available[i] * count % total).Take(left).ToArray())
        {
            shares[i]++;
        }

        return shares;
    }
}

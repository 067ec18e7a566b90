using DataShapley.Datasets;

namespace DataShapley.Refinement;

/// <summary>The proxies of a run of SHED's code, found by the whole record: the code's own key, the instruction, is shared by many records.</summary>
internal sealed class SeedProxies
{
    private readonly Dictionary<string, List<int>> _players = new(StringComparer.Ordinal);

    private SeedProxies(string path, string fingerprint)
    {
        Path = path;
        Fingerprint = fingerprint;
    }

    public string Path { get; }

    /// <summary>Gets what tells the proxies from others.</summary>
    public string Fingerprint { get; }

    /// <summary>Gets the number of proxies.</summary>
    public int Count { get; private set; }

    /// <summary>Loads the proxies.</summary>
    /// <param name="path">The file <c>cluster_center_{C}.json</c>.</param>
    /// <param name="clusters">How many there have to be.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public static async Task<SeedProxies> LoadAsync(string path, int clusters, CancellationToken cancellationToken)
    {
        using Dataset records = await Dataset.LoadAsync(path, cancellationToken: cancellationToken).ConfigureAwait(false);
        CheckFormat(path, records.Layout);
        if (records.Count != clusters)
        {
            throw new RefinementException(
                RefinementError.OtherClusters, $"'{path}' has {records.Count} proxies for {clusters} clusters. Where a second run was appended, take its records out.", path);
        }

        SeedProxies proxies = new(path, await records.FingerprintAsync(cancellationToken).ConfigureAwait(false)) { Count = records.Count };
        await foreach (DatasetRecord record in records.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            string key = SeedRecordKey.Of(record.Bytes);
            if (!proxies._players.TryGetValue(key, out List<int>? players))
            {
                proxies._players.Add(key, players = []);
            }

            players.Add(record.Index);
        }

        return proxies;
    }

    /// <summary>Reads which players were removed, in their order. Proxies that are the same record are removed by ascending index.</summary>
    /// <param name="path">The file <c>randomout_{C}_{t}.json</c>.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="RefinementException">A record is no proxy, or was removed before.</exception>
    public async Task<List<int>> ReadRemovedAsync(string path, CancellationToken cancellationToken)
    {
        Dictionary<string, int> taken = new(StringComparer.Ordinal);
        List<int> removed = [];
        DatasetReader reader = await DatasetReader.OpenAsync(path, cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            CheckFormat(path, reader.Layout);

            // Not loaded as a whole: a file with too many records is refused at the first.
            await foreach (DatasetRecord record in reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                removed.Add(Take(path, record, taken));
            }
        }

        return removed;
    }

    private static void CheckFormat(string path, DatasetLayout layout)
    {
        if (layout.Format == DatasetFormat.Csv)
        {
            throw new DatasetException(DatasetError.UnexpectedFormat, $"'{path}' is no array of JSON objects, as SHED's code writes its records.", path, line: 1);
        }
    }

    private static RefinementException Foreign(string path, DatasetRecord record, string problem) =>
        new(RefinementError.OtherRun, $"'{path}', line {record.Line}: record {record.Index} {problem}.", path, line: record.Line);

    private int Take(string path, DatasetRecord record, Dictionary<string, int> taken)
    {
        string key = SeedRecordKey.Of(record.Bytes);
        if (!_players.TryGetValue(key, out List<int>? players))
        {
            throw Foreign(path, record, $"is not among the proxies of '{Path}'");
        }

        int before = taken.GetValueOrDefault(key);
        taken[key] = before + 1;
        return before < players.Count
            ? players[before]
            : throw Foreign(path, record, $"was removed before: '{Path}' has it {players.Count} times. A second run may have been appended, whose records have to be taken out");
    }
}

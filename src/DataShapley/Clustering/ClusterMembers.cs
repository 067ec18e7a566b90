namespace DataShapley.Clustering;

/// <summary>The members of each cluster, in ascending order.</summary>
internal sealed class ClusterMembers
{
    private readonly int[] _starts;
    private readonly int[] _records;

    public ClusterMembers(ReadOnlySpan<int> labels, int clusters)
    {
        _starts = new int[clusters + 1];
        _records = new int[labels.Length];
        foreach (int label in labels)
        {
            _starts[label + 1]++;
        }

        for (int cluster = 0; cluster < clusters; cluster++)
        {
            _starts[cluster + 1] += _starts[cluster];
        }

        int[] next = _starts[..clusters];
        for (int record = 0; record < labels.Length; record++)
        {
            _records[next[labels[record]]++] = record;
        }
    }

    public int Clusters => _starts.Length - 1;

    public ReadOnlySpan<int> this[int cluster] => _records.AsSpan(_starts[cluster], Size(cluster));

    public int Size(int cluster) => _starts[cluster + 1] - _starts[cluster];
}

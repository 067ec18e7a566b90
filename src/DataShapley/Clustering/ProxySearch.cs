namespace DataShapley.Clustering;

/// <summary>Among which records a proxy is looked for.</summary>
public enum ProxySearch
{
    /// <summary>The members of the cluster: no record stands for two clusters.</summary>
    Members,

    /// <summary>All records, as the code that came with SHED does: a proxy may belong to another cluster, and stand for several.</summary>
    All,
}

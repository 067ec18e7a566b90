namespace DataShapley.Datasets;

/// <summary>What a data set has beside its records: enough to write some of them in the same container.</summary>
public sealed record DatasetLayout
{
    internal DatasetLayout(DatasetFormat format, bool hasCarriageReturns, char delimiter)
    {
        Format = format;
        HasCarriageReturns = hasCarriageReturns;
        Delimiter = delimiter;
    }

    /// <summary>Gets how records follow each other.</summary>
    public DatasetFormat Format { get; }

    /// <summary>Gets the names of a table's columns.</summary>
    /// <value>Empty for JSON.</value>
    public IReadOnlyList<string> Columns { get; internal init; } = [];

    /// <summary>Gets the bytes of a table's header, without the line break.</summary>
    /// <value>Empty for JSON.</value>
    public ReadOnlyMemory<byte> Header { get; internal init; }

    /// <summary>Gets whether lines end in CR LF.</summary>
    public bool HasCarriageReturns { get; }

    /// <summary>Gets what separates the fields of a table.</summary>
    public char Delimiter { get; }
}

namespace DataShapley.Datasets;

/// <summary>One record of a data set, with the bytes that it had there.</summary>
public sealed class DatasetRecord
{
    private readonly DatasetLayout _layout;

    internal DatasetRecord(int index, long line, ReadOnlyMemory<byte> bytes, DatasetLayout layout)
    {
        Index = index;
        Line = line;
        Bytes = bytes;
        _layout = layout;
    }

    /// <summary>Gets the index among the records that were read, from 0.</summary>
    public int Index { get; }

    /// <summary>Gets the line on which the record begins, from 1.</summary>
    public long Line { get; }

    /// <summary>Gets the record as it is in the data set: the JSON object, or the row of the table without its line break.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Reads the fields. Each call reads anew, so that a data set in memory is held once.</summary>
    public RecordFields ReadFields()
    {
        if (_layout.Format != DatasetFormat.Csv)
        {
            return JsonRecord.Read(Bytes.Span);
        }

        List<string> texts = [];
        CsvRow.TrySplit(Bytes.Span, (byte)_layout.Delimiter, texts, out _);
        RecordFields fields = new();
        for (int i = 0; i < texts.Count; i++)
        {
            fields.Set(_layout.Columns[i], texts[i]);
        }

        return fields;
    }
}

namespace DataShapley.Datasets;

/// <summary>A data set held in memory.</summary>
internal sealed class MemoryDataset : Dataset
{
    private readonly List<DatasetRecord> _records;

    private MemoryDataset(string name, DatasetLayout layout, long skipped, List<DatasetRecord> records)
        : base(name, layout, skipped) => _records = records;

    public override int Count => _records.Count;

    public static async Task<Dataset> LoadAsync(string name, DatasetReader reader, CancellationToken cancellationToken)
    {
        List<DatasetRecord> records = [];
        await foreach (DatasetRecord record in reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            records.Add(record);
        }

        return new MemoryDataset(name, reader.Layout, reader.Skipped, records);
    }

    private protected override ValueTask<DatasetRecord> GetCoreAsync(int index, CancellationToken cancellationToken) => ValueTask.FromResult(_records[index]);
}

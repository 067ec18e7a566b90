using Microsoft.Win32.SafeHandles;

namespace DataShapley.Datasets;

/// <summary>A data set of which only the places of the records are held.</summary>
internal sealed class IndexedDataset : Dataset
{
    private readonly SafeFileHandle _file;
    private readonly List<Place> _places;
    private readonly long _fileLength;

    private IndexedDataset(string path, DatasetLayout layout, long skipped, List<Place> places, SafeFileHandle file)
        : base(path, layout, skipped)
    {
        _places = places;
        _file = file;
        _fileLength = RandomAccess.GetLength(file);
    }

    public override int Count => _places.Count;

    public static async Task<Dataset> IndexAsync(string path, DatasetReader reader, CancellationToken cancellationToken)
    {
        if (reader.IsCompressed)
        {
            throw new DatasetException(
                DatasetError.NotSeekable, $"'{path}' is compressed: its records cannot be read by their place. Unpack it, or read it into memory.", path);
        }

        // Held open: what takes the file's name later is not read by mistake.
        SafeFileHandle file = File.OpenHandle(path, options: FileOptions.Asynchronous | FileOptions.RandomAccess);
        try
        {
            List<Place> places = [];
            while (await reader.MoveNextAsync(cancellationToken).ConfigureAwait(false))
            {
                places.Add(new Place(reader.CurrentOffset, reader.CurrentLine, reader.Current.Length));
            }

            return new IndexedDataset(path, reader.Layout, reader.Skipped, places, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    protected override void Dispose(bool disposing)
    {
        _file.Dispose();
        base.Dispose(disposing);
    }

    private protected override async ValueTask<DatasetRecord> GetCoreAsync(int index, CancellationToken cancellationToken)
    {
        Place place = _places[index];
        byte[] bytes = new byte[place.Length];
        int read = 0;
        while (read < bytes.Length)
        {
            int count = await RandomAccess.ReadAsync(_file, bytes.AsMemory(read), place.Offset + read, cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                throw Changed(place);
            }

            read += count;
        }

        return RandomAccess.GetLength(_file) == _fileLength && IsWhole(bytes) ? new DatasetRecord(index, place.Line, bytes, Layout) : throw Changed(place);
    }

    private bool IsWhole(ReadOnlySpan<byte> record)
    {
        if (Layout.Format != DatasetFormat.Csv)
        {
            return JsonRecord.Check(record, out _, out _) is null;
        }

        List<string> fields = [];
        return System.Text.Unicode.Utf8.IsValid(record) && CsvRow.TrySplit(record, (byte)Layout.Delimiter, fields, out _) && fields.Count == Layout.Columns.Count;
    }

    private DatasetException Changed(Place place) =>
        new(DatasetError.Changed, $"'{Name}', line {place.Line}: the file has changed since it was indexed. Index it again.", Name, place.Line, place.Offset);

    private readonly record struct Place(long Offset, long Line, int Length);
}

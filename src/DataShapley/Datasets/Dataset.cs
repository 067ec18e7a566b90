using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace DataShapley.Datasets;

/// <summary>A data set whose records can be had by their index: held in memory, or read again from its file.</summary>
public abstract class Dataset : IDisposable
{
    private protected Dataset(string name, DatasetLayout layout, long skipped)
    {
        Name = name;
        Layout = layout;
        Skipped = skipped;
    }

    /// <summary>Gets the file, or the name of the stream.</summary>
    public string Name { get; }

    /// <summary>Gets the container.</summary>
    public DatasetLayout Layout { get; }

    /// <summary>Gets the number of malformed records that were left out.</summary>
    public long Skipped { get; }

    /// <summary>Gets the number of records.</summary>
    public abstract int Count { get; }

    /// <summary>Reads a data set into memory.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it is read; the defaults when null.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="DatasetException">The data set is not what it should be.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<Dataset> LoadAsync(string path, DatasetOptions? options = null, CancellationToken cancellationToken = default)
    {
        DatasetReader reader = await DatasetReader.OpenAsync(path, options, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            return await MemoryDataset.LoadAsync(path, reader, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads a data set into memory.</summary>
    /// <param name="stream">The stream, from where it stands; it stays open.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="options">How it is read; the defaults when null.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="DatasetException">The data set is not what it should be.</exception>
    public static async Task<Dataset> LoadAsync(Stream stream, string name, DatasetOptions? options = null, CancellationToken cancellationToken = default)
    {
        DatasetReader reader = await DatasetReader.OpenAsync(stream, name, options, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            return await MemoryDataset.LoadAsync(name, reader, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads a data set through and keeps where each record is, 24 bytes a record; records are read from the file when they are asked for.</summary>
    /// <param name="path">The file, not compressed. It stays open until the data set is disposed.</param>
    /// <param name="options">How it is read; the defaults when null.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="DatasetException">The data set is not what it should be, or is compressed.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<Dataset> IndexAsync(string path, DatasetOptions? options = null, CancellationToken cancellationToken = default)
    {
        DatasetReader reader = await DatasetReader.OpenAsync(path, options, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            return await IndexedDataset.IndexAsync(path, reader, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gets a record.</summary>
    /// <param name="index">The index, from 0.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such record.</exception>
    /// <exception cref="DatasetException">The file has changed since it was indexed.</exception>
    public ValueTask<DatasetRecord> GetAsync(int index, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return GetCoreAsync(index, cancellationToken);
    }

    /// <summary>Reads all records in their order; as often as wanted.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    public async IAsyncEnumerable<DatasetRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (int i = 0; i < Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return await GetCoreAsync(i, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes some records in the container of this data set, each with the bytes it has here.</summary>
    /// <param name="path">The file; one that is there is replaced, once the new one is whole.</param>
    /// <param name="records">The indices of the records, in the order in which they are written.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such record.</exception>
    public async Task WriteAsync(string path, IReadOnlyList<int> records, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string partial = path + ".partial";
        FileStream stream = new(partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 16, FileOptions.Asynchronous);
        await using (stream.ConfigureAwait(false))
        {
            await WriteAsync(stream, records, cancellationToken).ConfigureAwait(false);
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            stream.Flush(flushToDisk: true);
        }

        File.Move(partial, path, overwrite: true);
    }

    /// <summary>Writes some records in the container of this data set, each with the bytes it has here.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="records">The indices of the records, in the order in which they are written.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such record.</exception>
    public async Task WriteAsync(Stream stream, IReadOnlyList<int> records, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(records);
        DatasetWriter writer = new(stream, Layout);
        await writer.BeginAsync(cancellationToken).ConfigureAwait(false);
        foreach (int index in records)
        {
            await writer.WriteAsync(await GetAsync(index, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }

        await writer.EndAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Computes what tells this data set from others: SHA-256 of its header and its records with their lengths, in lower-case hexadecimal. The container does not count.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task<string> FingerprintAsync(CancellationToken cancellationToken = default)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Layout.Header.Span);
        await foreach (DatasetRecord record in ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            Append(hash, record.Bytes.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    internal static void Append(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }

    private protected abstract ValueTask<DatasetRecord> GetCoreAsync(int index, CancellationToken cancellationToken);

    /// <summary>Closes the file, where one is open.</summary>
    /// <param name="disposing">True.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}

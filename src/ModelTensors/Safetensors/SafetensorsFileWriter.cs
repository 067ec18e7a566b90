using Microsoft.Win32.SafeHandles;
using ModelTensors.Checkpoints;

namespace ModelTensors.Safetensors;

/// <summary>
/// Writes a safetensors file: the header first, then tensors at their final places, in any order and from any number of threads.
/// What has not been written reads as zeros.
/// </summary>
public sealed class SafetensorsFileWriter : IDisposable
{
    private readonly SafeFileHandle _handle;

    private SafetensorsFileWriter(string path, SafetensorsHeader header, SafeFileHandle handle)
    {
        Path = path;
        Header = header;
        _handle = handle;
    }

    /// <summary>Gets the file's path.</summary>
    public string Path { get; }

    /// <summary>Gets the header, which says where each tensor goes.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>Creates a file of its final length, or replaces one, and writes its header.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="header">The tensors, from <see cref="SafetensorsHeader.Create"/>.</param>
    /// <returns>The writer; the caller disposes it.</returns>
    /// <exception cref="CheckpointException">The disk is full.</exception>
    /// <exception cref="IOException">The file cannot be created or written.</exception>
    public static SafetensorsFileWriter Create(string path, SafetensorsHeader header)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(header);
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            RandomAccess.Write(handle, header.Write(), 0);
            RandomAccess.SetLength(handle, header.FileLength);
            return new SafetensorsFileWriter(path, header, handle);
        }
        catch (Exception e)
        {
            handle.Dispose();
            if (e is IOException io && DiskSpace.IsDiskFull(io))
            {
                throw DiskSpace.Full(path, header.FileLength, io);
            }

            throw;
        }
    }

    /// <summary>Opens a file that was created with the same header, to write what it still lacks; null when the file is not that one.</summary>
    internal static SafetensorsFileWriter? Reopen(string path, SafetensorsHeader header)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        SafetensorsFileWriter? writer = null;
        try
        {
            byte[] expected = header.Write();
            byte[] found = new byte[expected.Length];
            bool isSame = RandomAccess.GetLength(handle) == header.FileLength
                && SafetensorsFile.ReadUpTo(handle, 0, found) == found.Length
                && found.AsSpan().SequenceEqual(expected);
            writer = isSame ? new SafetensorsFileWriter(path, header, handle) : null;
            return writer;
        }
        finally
        {
            if (writer is null)
            {
                handle.Dispose();
            }
        }
    }

    /// <summary>Gets the place of a tensor.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <returns>A sink, valid until the writer is disposed.</returns>
    /// <exception cref="ArgumentException">The header has no such tensor.</exception>
    public TensorSink GetSink(string name) =>
        Header.TryGet(name, out SafetensorsEntry? entry)
            ? new FileTensorSink(this, entry)
            : throw new ArgumentException($"The file '{Path}' has no tensor '{name}'.", nameof(name));

    /// <summary>Waits until everything written so far is on the disk.</summary>
    /// <exception cref="CheckpointException">The disk is full.</exception>
    /// <exception cref="IOException">The disk does not take the data.</exception>
    public void Flush()
    {
        try
        {
            RandomAccess.FlushToDisk(_handle);
        }
        catch (IOException e) when (DiskSpace.IsDiskFull(e))
        {
            throw DiskSpace.Full(Path, Header.FileLength, e);
        }
    }

    /// <summary>Closes the file, without waiting for the disk.</summary>
    public void Dispose() => _handle.Dispose();

    private void Write(SafetensorsEntry entry, long offset, ReadOnlySpan<byte> source)
    {
        try
        {
            RandomAccess.Write(_handle, source, Header.DataOffset + entry.Begin + offset);
        }
        catch (IOException e) when (DiskSpace.IsDiskFull(e))
        {
            throw DiskSpace.Full(Path, entry.End - entry.Begin - offset, e, entry.Info.Name);
        }
    }

    private sealed class FileTensorSink(SafetensorsFileWriter writer, SafetensorsEntry entry) : TensorSink(entry.Info.DataType, entry.Info.Shape)
    {
        public override void Write(long start, ReadOnlySpan<byte> source) =>
            writer.Write(entry, TensorRange.Offset(entry.Info, start, source.Length), source);
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using ModelTensors.Checkpoints;

namespace ModelTensors.Safetensors;

/// <summary>A safetensors file that is open for reading. Opening reads only the header; tensors are read when asked for, from any number of threads.</summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly MappedRegion? _mapping;

    private SafetensorsFile(string path, SafeFileHandle handle, SafetensorsHeader header, FileIdentity identity, MappedRegion? mapping)
    {
        Path = path;
        Header = header;
        Identity = identity;
        _handle = handle;
        _mapping = mapping;
    }

    /// <summary>Gets the file's path, as it was given.</summary>
    public string Path { get; }

    /// <summary>Gets the header.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>Gets the file's name, length, time and the SHA-256 of its header.</summary>
    public FileIdentity Identity { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="mode">How tensors are read; by positioned reads by default.</param>
    /// <returns>The file; the caller disposes it when its sources are no longer used.</returns>
    /// <exception cref="SafetensorsException">The file is not what it claims to be.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static SafetensorsFile Open(string path, SafetensorsReadMode mode = SafetensorsReadMode.Positioned)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        // Tiles of a tensor are read in order: read-ahead helps, and the hint for random access would turn it off on Linux.
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan);
        MappedRegion? mapping = null;
        try
        {
            long length = RandomAccess.GetLength(handle);
            byte[] prefix = new byte[SafetensorsHeader.PrefixLength];
            int got = ReadUpTo(handle, 0, prefix);
            int headerLength = SafetensorsHeader.CheckLength(prefix.AsSpan(0, got), length, path);
            byte[] bytes = new byte[SafetensorsHeader.PrefixLength + headerLength];
            if (ReadUpTo(handle, 0, bytes) != bytes.Length)
            {
                throw new SafetensorsException(SafetensorsError.Truncated, "The file shrank while its header was read.", path);
            }

            SafetensorsHeader header = SafetensorsHeader.Parse(bytes, length, path);
            FileIdentity identity = new(
                System.IO.Path.GetFileName(path), length, Convert.ToHexStringLower(SHA256.HashData(bytes)), new DateTimeOffset(File.GetLastWriteTimeUtc(handle)));
            mapping = mode == SafetensorsReadMode.Mapped ? new MappedRegion(handle, length) : null;
            return new SafetensorsFile(path, handle, header, identity, mapping);
        }
        catch
        {
            mapping?.Dispose();
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Finds a tensor.</summary>
    /// <param name="name">The tensor's name; case matters.</param>
    /// <param name="source">The tensor, valid until the file is disposed.</param>
    /// <returns>Whether the file has it.</returns>
    public bool TryGet(string name, [NotNullWhen(true)] out TensorSource? source)
    {
        source = !Header.TryGet(name, out SafetensorsEntry? entry) ? null
            : _mapping is null ? new FileTensorSource(this, entry)
            : new MappedTensorSource(_mapping, entry, Header.DataOffset + entry.Begin);
        return source is not null;
    }

    /// <summary>Closes the file; spans that its sources lent become invalid.</summary>
    public void Dispose()
    {
        _mapping?.Dispose();
        _handle.Dispose();
    }

    /// <summary>Reads all of the destination, or fails: a read that comes short means that the file is no longer the one whose header was checked.</summary>
    internal void ReadExactly(SafetensorsEntry entry, long offset, Span<byte> destination)
    {
        long position = Header.DataOffset + entry.Begin + offset;
        int got = ReadUpTo(_handle, position, destination);
        if (got != destination.Length)
        {
            throw new SafetensorsException(
                SafetensorsError.Truncated,
                $"The file ended at byte {position + got} while {destination.Length} bytes of tensor '{entry.Info.Name}' were read from byte {position}: it has shrunk since it was opened.",
                Path,
                entry.Info.Name,
                position + got);
        }
    }

    internal static int ReadUpTo(SafeFileHandle handle, long position, Span<byte> destination)
    {
        int total = 0;
        while (total < destination.Length)
        {
            int got = RandomAccess.Read(handle, destination[total..], position + total);
            if (got == 0)
            {
                break;
            }

            total += got;
        }

        return total;
    }
}

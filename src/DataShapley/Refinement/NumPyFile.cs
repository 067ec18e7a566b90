using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;
using ModelTensors;

namespace DataShapley.Refinement;

/// <summary>Reads and writes NumPy's array files, versions 1 and 2 (NEP 1): magic, version, header length, a Python literal, the numbers.</summary>
internal static class NumPyFile
{
    // The header of a matrix has some eighty bytes, padding included.
    private const int LongestHeader = 1 << 16;
    private const int Alignment = 64;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    public static bool IsOne(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        Span<byte> begin = stackalloc byte[Magic.Length];
        return RandomAccess.Read(file, begin, 0) == begin.Length && begin.SequenceEqual(Magic);
    }

    public static HostTensor Read(string path, CancellationToken cancellationToken)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        (string text, int offset) = ReadHeader(file, path);
        (DataType type, TensorShape shape) = Parse(text, path);
        long length = RandomAccess.GetLength(file);
        if (length != offset + (shape.ElementCount * type.Size))
        {
            throw new EmbeddingFileException(
                EmbeddingFileError.WrongLength, $"'{path}' has {length} bytes; a header of {offset} and {shape} numbers of {type.Size} bytes make {offset + (shape.ElementCount * type.Size)}. The file may be cut short.", path);
        }

        return EmbeddingFile.Widen(new Source(file, path, offset, type, shape), cancellationToken);
    }

    public static void Write(string path, HostTensor matrix)
    {
        using FileStream stream = new(path, FileMode.Create, FileAccess.Write, FileShare.None);
        string text = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({matrix.Shape[0]}, {matrix.Shape[1]}), }}");
        int begin = Magic.Length + 2 + sizeof(ushort);

        // The numbers begin at a multiple of 64 bytes; the line feed ends the header.
        int padded = (((begin + text.Length + 1 + Alignment - 1) / Alignment) * Alignment) - begin;
        stream.Write(Magic);
        stream.Write([1, 0, (byte)padded, (byte)(padded >> 8)]);
        stream.Write(Encoding.ASCII.GetBytes(text.PadRight(padded - 1) + "\n"));
        int dimension = (int)matrix.Shape[1];
        for (long row = 0; row < matrix.Shape[0]; row++)
        {
            stream.Write(MemoryMarshal.AsBytes(matrix.AsSpan<float>(row * dimension, dimension)));
        }

        stream.Flush(flushToDisk: true);
    }

    private static (string Text, int Offset) ReadHeader(SafeFileHandle file, string path)
    {
        byte[] begin = new byte[12];
        int read = RandomAccess.Read(file, begin, 0);
        int version = read > Magic.Length ? begin[Magic.Length] : 0;
        int prefix = version == 1 ? 10 : 12;
        if (version is not (1 or 2) || read < prefix)
        {
            throw Malformed(path, $"version {version} is not read; write it with version 1 or 2");
        }

        long length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(begin.AsSpan(8)) : BinaryPrimitives.ReadUInt32LittleEndian(begin.AsSpan(8));
        if (length > LongestHeader || prefix + length > RandomAccess.GetLength(file))
        {
            throw Malformed(path, $"it is said to have {length} bytes, the file {RandomAccess.GetLength(file)}");
        }

        byte[] header = new byte[length];
        int done = 0;
        while (done < header.Length)
        {
            int count = RandomAccess.Read(file, header.AsSpan(done), prefix + done);
            done += count > 0 ? count : throw Malformed(path, "the file is cut short");
        }

        return (Encoding.Latin1.GetString(header), prefix + header.Length);
    }

    private static (DataType Type, TensorShape Shape) Parse(string text, string path)
    {
        if (!PythonLiteral.TryParse(text, out JsonNode? node, out int at) || node is not JsonObject header)
        {
            throw Malformed(path, $"it is no Python dictionary (character {at})");
        }

        if (header["descr"] is not JsonValue kind || !kind.TryGetValue(out string? name)
            || header["fortran_order"] is not JsonValue order || !order.TryGetValue(out bool isFortran)
            || header["shape"] is not JsonArray lengths)
        {
            throw Malformed(path, "it lacks 'descr', 'fortran_order' or 'shape', or they are of another kind than they should be");
        }

        DataType type = name switch
        {
            "<f2" => DataType.F16,
            "<f4" => DataType.F32,
            "<f8" => DataType.F64,
            _ => throw new EmbeddingFileException(EmbeddingFileError.UnsupportedType, $"'{path}' holds '{name}'; '<f2', '<f4' and '<f8' are read. Convert it.", path),
        };
        if (isFortran)
        {
            throw new EmbeddingFileException(EmbeddingFileError.ColumnOrder, $"'{path}' is in Fortran order, column after column; write numpy.ascontiguousarray of it.", path);
        }

        long[] sizes = [.. lengths.Select(length => length is JsonValue value && value.TryGetValue(out long size) ? size : -1)];
        bool isMatrix = sizes is [> 0, > 0] && sizes[1] <= int.MaxValue && sizes[0] <= long.MaxValue / 8 / sizes[1];
        EmbeddingFile.RequireMatrix(path, $"({string.Join(", ", sizes)})", isMatrix);
        return (type, new TensorShape(sizes[0], sizes[1]));
    }

    private static EmbeddingFileException Malformed(string path, string problem) =>
        new(EmbeddingFileError.MalformedHeader, $"'{path}': the header of the NumPy file cannot be read: {problem}.", path);

    private sealed class Source(SafeFileHandle file, string path, int offset, DataType type, TensorShape shape) : TensorSource(type, shape)
    {
        public override void Read(long start, Span<byte> destination)
        {
            long position = offset + (start * DataType.Size);
            while (!destination.IsEmpty)
            {
                int read = RandomAccess.Read(file, destination, position);
                if (read == 0)
                {
                    throw new EmbeddingFileException(EmbeddingFileError.WrongLength, $"'{path}' became shorter while it was read.", path);
                }

                destination = destination[read..];
                position += read;
            }
        }
    }
}

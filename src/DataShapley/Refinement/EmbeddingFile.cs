using ModelTensors;
using ModelTensors.Safetensors;

namespace DataShapley.Refinement;

/// <summary>Reads and writes matrices of embeddings: NumPy's <c>.npy</c> and safetensors. Which a file is, its content says.</summary>
public static class EmbeddingFile
{
    private const int ChunkElements = 1 << 16;

    /// <summary>Reads a matrix.</summary>
    /// <param name="path">The file: <c>.npy</c> of version 1 or 2 with <c>&lt;f2</c>, <c>&lt;f4</c> or <c>&lt;f8</c> row after row, or safetensors with one tensor of floats.</param>
    /// <param name="tensor">The tensor of a safetensors file; when null, it must have exactly one.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    /// <returns>F32 of shape [rows, dimensions], rounded to nearest even where it was wider; the caller disposes it.</returns>
    /// <exception cref="EmbeddingFileException">The file is not such a matrix.</exception>
    /// <exception cref="SafetensorsException">The file is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static HostTensor Read(string path, string? tensor = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (NumPyFile.IsOne(path))
        {
            return NumPyFile.Read(path, cancellationToken);
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        string name = tensor ?? (file.Header.Entries.Count == 1
            ? file.Header.Entries[0].Info.Name
            : throw new EmbeddingFileException(
                EmbeddingFileError.NoSuchTensor, $"'{path}' has {file.Header.Entries.Count} tensors; name the one that holds the embeddings.", path));
        if (!file.TryGet(name, out TensorSource? source))
        {
            throw new EmbeddingFileException(
                EmbeddingFileError.NoSuchTensor, $"'{path}' has no tensor '{name}'; it has {string.Join(", ", file.Header.Entries.Select(entry => $"'{entry.Info.Name}'"))}.", path, name);
        }

        if (source.DataType is not (DataType.F16 or DataType.BF16 or DataType.F32 or DataType.F64))
        {
            throw new EmbeddingFileException(
                EmbeddingFileError.UnsupportedType, $"'{path}': tensor '{name}' is {source.DataType.SafetensorsName}; embeddings are F16, BF16, F32 or F64.", path, name);
        }

        RequireMatrix(path, source.Shape.ToString(), source.Shape.Rank == 2 && source.Shape[0] > 0 && source.Shape[1] > 0);
        return Widen(source, cancellationToken);
    }

    /// <summary>Writes a matrix as <c>.npy</c>, version 1, <c>&lt;f4</c>.</summary>
    /// <param name="path">The file; one that is there is replaced, once the new one is whole.</param>
    /// <param name="matrix">F32 of shape [rows, dimensions].</param>
    /// <exception cref="ArgumentException">The tensor is no such matrix.</exception>
    public static void WriteNumPy(string path, HostTensor matrix)
    {
        RequireMatrix(matrix);
        Write(path, partial => NumPyFile.Write(partial, matrix));
    }

    /// <summary>Writes a matrix as safetensors.</summary>
    /// <param name="path">The file; one that is there is replaced, once the new one is whole.</param>
    /// <param name="matrix">F32 of shape [rows, dimensions].</param>
    /// <param name="tensor">What the tensor is called.</param>
    /// <exception cref="ArgumentException">The tensor is no such matrix.</exception>
    public static void WriteSafetensors(string path, HostTensor matrix, string tensor = "embeddings")
    {
        RequireMatrix(matrix);
        ArgumentException.ThrowIfNullOrEmpty(tensor);
        Write(path, partial =>
        {
            using SafetensorsFileWriter writer = SafetensorsFileWriter.Create(partial, SafetensorsHeader.Create([new TensorInfo(tensor, DataType.F32, matrix.Shape)]));
            TensorSink sink = writer.GetSink(tensor);
            for (long start = 0; start < matrix.Shape.ElementCount; start += ChunkElements)
            {
                int count = (int)Math.Min(ChunkElements, matrix.Shape.ElementCount - start);
                sink.Write(start, System.Runtime.InteropServices.MemoryMarshal.AsBytes(matrix.AsSpan<float>(start, count)));
            }

            writer.Flush();
        });
    }

    internal static void RequireMatrix(string path, string shape, bool isMatrix)
    {
        if (!isMatrix)
        {
            throw new EmbeddingFileException(EmbeddingFileError.WrongShape, $"'{path}' has shape {shape}; embeddings have two dimensions above zero, [rows, dimensions].", path);
        }
    }

    internal static HostTensor Widen(TensorSource source, CancellationToken cancellationToken)
    {
        HostTensor matrix = new(DataType.F32, source.Shape);
        try
        {
            byte[] chunk = new byte[ChunkElements * source.DataType.Size];
            for (long start = 0; start < source.Shape.ElementCount; start += ChunkElements)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = (int)Math.Min(ChunkElements, source.Shape.ElementCount - start);
                Span<byte> bytes = chunk.AsSpan(0, count * source.DataType.Size);
                source.Read(start, bytes);
                FloatConversion.Widen(bytes, source.DataType, matrix.AsSpan<float>(start, count));
            }

            return matrix;
        }
        catch
        {
            matrix.Dispose();
            throw;
        }
    }

    private static void RequireMatrix(HostTensor matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (matrix.DataType != DataType.F32 || matrix.Shape.Rank != 2)
        {
            throw new ArgumentException($"Embeddings are F32 of shape [rows, dimensions]: the tensor is {matrix.Shape} {matrix.DataType.SafetensorsName}.", nameof(matrix));
        }
    }

    private static void Write(string path, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string partial = path + ".partial";
        write(partial);
        File.Move(partial, path, overwrite: true);
    }
}

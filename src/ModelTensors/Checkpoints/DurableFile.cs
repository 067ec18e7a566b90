namespace ModelTensors.Checkpoints;

/// <summary>Writes small files so that they are there in full or not at all, whenever the machine stops.</summary>
public static class DurableFile
{
    internal const string TemporarySuffix = ".partial";

    /// <summary>Writes beside the file, flushes, and renames.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="content">All of its content.</param>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        string temporary = path + TemporarySuffix;
        using (FileStream stream = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        Replace(temporary, path);
    }

    /// <summary>Copies beside the file, flushes, and renames.</summary>
    /// <param name="source">The file to copy.</param>
    /// <param name="path">The copy; one that is there is replaced.</param>
    /// <exception cref="IOException">The file cannot be read, or the disk does not take the copy.</exception>
    public static void Copy(string source, string path)
    {
        string temporary = path + TemporarySuffix;
        using (FileStream from = new(source, FileMode.Open, FileAccess.Read, FileShare.Read))
        using (FileStream to = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            from.CopyTo(to);
            to.Flush(flushToDisk: true);
        }

        Replace(temporary, path);
    }

    private static void Replace(string temporary, string path)
    {
        File.Move(temporary, path, overwrite: true);
        DirectoryFlush.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}

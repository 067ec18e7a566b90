namespace ModelTensors.Checkpoints;

/// <summary>Writes small files so that they are there in full or not at all, whenever the machine stops.</summary>
internal static class DurableFile
{
    public const string TemporarySuffix = ".partial";

    /// <summary>Writes beside the file, flushes, and renames.</summary>
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
        DirectoryFlush.Flush(Path.GetDirectoryName(path)!);
    }
}

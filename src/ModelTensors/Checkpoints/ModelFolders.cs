namespace ModelTensors.Checkpoints;

/// <summary>Where models lie: an output that takes such a place would delete the model it is made of.</summary>
public static class ModelFolders
{
    /// <summary>Tells whether a folder is one of a model's or contains one, by whatever links they are reached.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="model">The model; one in memory lies nowhere.</param>
    public static bool Contains(string folder, TensorSet model) => Places(model).Any(place => Contains(folder, place));

    /// <summary>Tells whether a folder is a place or contains it, by whatever links they are reached.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="place">The path of a file or folder, which need not exist.</param>
    public static bool Contains(string folder, string place) =>
        (RealPath(place) + Path.DirectorySeparatorChar).StartsWith(RealPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    // The files too, not only their folders: they may be links, as in the Hugging Face cache.
    private static IEnumerable<string> Places(TensorSet model) => model.Files
        .Select(file => file.Path ?? (model.Folder is { } folder ? Path.Combine(folder, file.Name) : null))
        .OfType<string>()
        .SelectMany(path => (string?[])[path, Path.GetDirectoryName(path)])
        .Append(model.Folder)
        .OfType<string>()
        .Distinct(StringComparer.Ordinal);

    private static string RealPath(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent)
        {
            return full;
        }

        string real = Path.Combine(RealPath(parent), Path.GetFileName(full));
        FileSystemInfo? target = Directory.Exists(real) ? Directory.ResolveLinkTarget(real, returnFinalTarget: true)
            : File.Exists(real) ? File.ResolveLinkTarget(real, returnFinalTarget: true)
            : null;
        return target is null ? real : RealPath(target.FullName);
    }
}

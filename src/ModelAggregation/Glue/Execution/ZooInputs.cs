using ModelAggregation.Evaluation;
using ModelAggregation.Merging.Execution;
using ModelAggregation.Zoo;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Glue.Execution;

/// <summary>What the models of a zoo consist of: by it a later run tells whether they are the same.</summary>
internal sealed class ZooInputs
{
    private static readonly string[] SideFiles = [".json", ".model", ".txt", ".jinja", ".md"];

    private readonly Dictionary<string, string> _hashes;

    private ZooInputs(InputRecord[] records)
    {
        Records = records;
        _hashes = records.ToDictionary(
            record => record.Model, record => Fingerprint.Key([.. record.Files.SelectMany(file => new[] { file.Path, file.Sha256 })]), StringComparer.Ordinal);
    }

    /// <summary>Gets the models with their files.</summary>
    public InputRecord[] Records { get; }

    /// <summary>Gets what tells a model's content from others.</summary>
    public string this[string model] => _hashes[model];

    /// <summary>Hashes the files; of those that have not changed since the known ones were hashed, what is known is taken.</summary>
    public static ZooInputs Of(IModelResolver resolver, IEnumerable<string> models, IReadOnlyList<InputRecord> known, Action<string> report, CancellationToken cancellationToken)
    {
        List<InputRecord> records = [];
        foreach (string model in models)
        {
            report(model);
            InputRecord? before = known.FirstOrDefault(record => string.Equals(record.Model, model, StringComparison.Ordinal));
            using TensorSet tensors = resolver.Open(model);
            FileRecord[] files = [.. Paths(tensors).Select(path => Describe(path, before?.Files ?? [], cancellationToken))];
            records.Add(new InputRecord(model, tensors.Folder is { } folder ? ModelLicence.Of(folder) : null, files));
        }

        return new ZooInputs([.. records]);
    }

    private static IEnumerable<string> Paths(TensorSet tensors)
    {
        IEnumerable<string> files = tensors.Files.Select(file => file.Path ?? Path.Combine(tensors.Folder ?? string.Empty, file.Name));
        IEnumerable<string> beside = tensors.Folder is { } folder && Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder).Where(file => SideFiles.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            : [];
        return files.Concat(beside).Select(Path.GetFullPath).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
    }

    private static FileRecord Describe(string path, FileRecord[] known, CancellationToken cancellationToken)
    {
        // A link's own length and time say nothing.
        FileInfo file = new(path);
        FileInfo target = file.LinkTarget is null ? file : (FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
        string name = Path.GetFileName(path);
        long modified = target.LastWriteTimeUtc.Ticks;
        return Array.Find(known, record => string.Equals(record.Path, name, StringComparison.Ordinal) && record.Length == target.Length && record.Modified == modified)
            ?? new FileRecord(name, target.Length, FileHash.Of(path, cancellationToken), modified);
    }
}

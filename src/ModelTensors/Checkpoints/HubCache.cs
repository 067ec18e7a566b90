using System.Text;

namespace ModelTensors.Checkpoints;

/// <summary>Looks up snapshots in a Hugging Face cache: <c>models--org--name/snapshots/&lt;commit&gt;</c>, with branches in <c>refs/</c>.</summary>
internal sealed class HubCache(string root)
{
    private const string DefaultRevision = "main";
    private const int MaxReferenceLength = 256;

    /// <summary>Finds the folder of a model, or adds to <paramref name="places"/> where it was looked for.</summary>
    public string? Find(string reference, List<string> places)
    {
        int at = reference.IndexOf('@', StringComparison.Ordinal);
        string name = at < 0 ? reference : reference[..at];
        string? revision = at < 0 ? null : reference[(at + 1)..];
        string[] segments = name.Split('/');
        if (segments.Length > 2 || !Array.TrueForAll(segments, IsSegment) || (revision is not null && !Array.TrueForAll(revision.Split('/'), IsSegment)))
        {
            places.Add($"no hub model, since '{reference}' is not of the form org/name or org/name@revision");
            return null;
        }

        string model = Path.Combine(root, "models--" + string.Join("--", segments));
        string snapshots = Path.Combine(model, "snapshots");
        string? commit = ReadReference(Path.Combine(model, "refs", revision ?? DefaultRevision));
        if ((commit ?? revision) is string wanted)
        {
            string snapshot = Path.Combine(snapshots, wanted);
            if (Directory.Exists(snapshot))
            {
                return snapshot;
            }

            places.Add($"the snapshot '{snapshot}'");
            return null;
        }

        string[] all = Directory.Exists(snapshots) ? Directory.GetDirectories(snapshots) : [];
        if (all.Length == 1)
        {
            return all[0];
        }

        places.Add(all.Length == 0
            ? $"the snapshots in '{snapshots}'"
            : $"the branch '{DefaultRevision}' in '{Path.Combine(model, "refs")}' (there are {all.Length} snapshots: name one as {name}@revision)");
        return null;
    }

    // The file holds a commit; anything that is not one plain name is not followed.
    private static string? ReadReference(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length > MaxReferenceLength)
        {
            return null;
        }

        string commit = File.ReadAllText(path, Encoding.UTF8).Trim();
        return IsSegment(commit) ? commit : null;
    }

    private static bool IsSegment(string segment) =>
        ShardIndex.IsPlainFileName(segment) && segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '+') && !segment.Contains("..", StringComparison.Ordinal);
}

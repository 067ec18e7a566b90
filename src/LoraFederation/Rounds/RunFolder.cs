using System.Security.Cryptography;
using System.Text;

namespace LoraFederation.Rounds;

/// <summary>Where things lie in a run's folder.</summary>
internal sealed class RunFolder
{
    public const string Global = "global";
    public const string Residual = "residual";
    public const string Personal = "personal";
    public const string Cumulative = "cumulative";
    public const string Start = "start";

    private const int MaxNameLength = 64;

    public RunFolder(string path)
    {
        Path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public string Journal => System.IO.Path.Combine(Path, "journal.jsonl");

    public string Round(int round) => System.IO.Path.Combine(Path, $"round-{round:D4}");

    public string InRound(int round, params ReadOnlySpan<string> names) => System.IO.Path.Combine([Round(round), .. names]);

    public string Updates(int round) => InRound(round, "updates");

    public string Update(int round, string client) => InRound(round, "updates", NameOf(client));

    public string Work(int round) => InRound(round, "work");

    public string Work(int round, string client) => InRound(round, "work", NameOf(client));

    public string PersonalOf(int round, string client) => InRound(round, Personal, NameOf(client));

    public string Manifest(int round) => InRound(round, RoundManifest.FileName);

    /// <summary>Returns the folder's name for a client: its own where every file system takes it as it is, else a hash.</summary>
    public static string NameOf(string client)
    {
        bool isPlain = client.Length <= MaxNameLength && char.IsAsciiLetterOrDigit(client[0]) && !client.EndsWith('.')
            && client.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.');
        return isPlain ? client : $"_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(client)))[..32]}";
    }

    /// <summary>Returns the bytes of the files below folders.</summary>
    public static long Length(IEnumerable<string> folders) => folders.Where(Directory.Exists)
        .SelectMany(folder => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories))
        .Sum(file => file.Length);

    /// <summary>Describes the files below folders of a round, ordered by path.</summary>
    public IReadOnlyList<ManifestFile> Describe(int round, params IEnumerable<string> folders)
    {
        string root = Round(round);
        return
        [
            .. folders.Where(Directory.Exists)
                .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
                .Select(path => Describe(path, System.IO.Path.GetRelativePath(root, path).Replace(System.IO.Path.DirectorySeparatorChar, '/')))
                .OrderBy(file => file.Path, StringComparer.Ordinal),
        ];
    }

    /// <summary>Checks that a file of a round is what it was.</summary>
    /// <exception cref="FederationException">It is not there, or another.</exception>
    public void EnsureUnchanged(int round, ManifestFile file)
    {
        string path = System.IO.Path.Combine(Round(round), file.Path);
        if (!File.Exists(path) || Describe(path, file.Path) != file)
        {
            throw new FederationException(
                FederationError.RunChanged,
                $"'{path}' is missing or no longer what it was when it was recorded (SHA-256 {file.Sha256}). Restore it, or begin the run anew in another folder.");
        }
    }

    private static ManifestFile Describe(string path, string name)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 17);
        return new ManifestFile(name, stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }
}

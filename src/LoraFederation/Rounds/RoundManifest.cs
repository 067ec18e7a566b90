using System.Text.Json;
using LoraFederation.Aggregators;
using ModelTensors.Checkpoints;

namespace LoraFederation.Rounds;

/// <summary>What happened in a round, as <c>manifest.json</c> in its folder says it. It holds no times: the same round gives the same bytes.</summary>
public sealed record RoundManifest
{
    internal const string FileName = "manifest.json";
    internal const int CurrentVersion = 1;

    /// <summary>Gets the version of this format.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Gets the round, from 0.</summary>
    public required int Round { get; init; }

    /// <summary>Gets the hash of the model's state that clients started from.</summary>
    public required string StateBefore { get; init; }

    /// <summary>Gets the hash of the model's state after the round.</summary>
    public required string StateAfter { get; init; }

    /// <summary>Gets what clients started from.</summary>
    public required RoundStart Start { get; init; }

    /// <summary>Gets the run's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Gets the rule that selected the clients.</summary>
    public required string Selection { get; init; }

    /// <summary>Gets the recipe.</summary>
    public required ManifestRecipe Recipe { get; init; }

    /// <summary>Gets the versions of the libraries that made the round.</summary>
    public required IReadOnlyDictionary<string, string> Libraries { get; init; }

    /// <summary>Gets the clients whose updates were aggregated, ordered by name.</summary>
    public required IReadOnlyList<ManifestClient> Clients { get; init; }

    /// <summary>Gets what was wrong with updates that were put aside, ordered by client.</summary>
    public required IReadOnlyList<FederationProblem> Quarantined { get; init; }

    /// <summary>Gets the clients that handed nothing in, with the reasons, ordered by client.</summary>
    public required IReadOnlyList<FederationProblem> Lost { get; init; }

    /// <summary>Gets what became of each module.</summary>
    public required IReadOnlyList<ModuleReport> Modules { get; init; }

    /// <summary>Gets the server's floating-point operations as the method predicts them, leading terms.</summary>
    public required double ServerOperations { get; init; }

    /// <summary>Gets what the adapter of all rounds holds, where the run keeps one.</summary>
    /// <value>Null where it keeps none.</value>
    public ManifestCumulative? Cumulative { get; init; }

    /// <summary>Gets the files that the round gives to clients as their part of the model, ordered by path: what <see cref="StateAfter"/> is made of.</summary>
    public required IReadOnlyList<ManifestFile> Files { get; init; }

    /// <summary>Reads a manifest.</summary>
    /// <param name="path">The path of a <c>manifest.json</c>.</param>
    /// <exception cref="FederationException">The file is no manifest of this version (<see cref="FederationError.RunChanged"/>).</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static RoundManifest Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(File.ReadAllBytes(path), path);
    }

    internal static RoundManifest Parse(byte[] content, string path)
    {
        try
        {
            RoundManifest? manifest = JsonSerializer.Deserialize(content, RunJson.Default.RoundManifest);
            if (manifest is { Version: CurrentVersion })
            {
                return manifest;
            }

            throw new FederationException(FederationError.RunChanged, $"'{path}' has version {manifest?.Version}; this library reads version {CurrentVersion}.");
        }
        catch (JsonException e)
        {
            throw new FederationException([new FederationProblem(FederationError.RunChanged, $"'{path}' is no manifest of a round: {e.Message}")], e);
        }
    }

    internal byte[] Write(string path)
    {
        byte[] content = [.. JsonSerializer.SerializeToUtf8Bytes(this, RunJson.Default.RoundManifest), (byte)'\n'];
        DurableFile.Write(path, content);
        return content;
    }
}

/// <summary>A recipe, as a manifest says it.</summary>
/// <param name="Aggregator">The method's name.</param>
/// <param name="Exactness">How its result relates to the exact sum.</param>
/// <param name="Weights">The rule of weights.</param>
/// <param name="Missing">What missing modules count for.</param>
/// <param name="Placement">Which factor takes the weights.</param>
/// <param name="Layout">How ranks are written.</param>
/// <param name="OutputType">The type of the factors, or null for that of the clients'.</param>
/// <param name="Ranks">The policy of ranks, or null for those that the method gives.</param>
/// <param name="ClipNorm">The norm that no update exceeded, or null where they were not clipped.</param>
/// <param name="Seed">The seed of what the method draws in this round.</param>
public sealed record ManifestRecipe(
    string Aggregator,
    Exactness Exactness,
    string Weights,
    MissingModulePolicy Missing,
    WeightPlacement Placement,
    ModelTensors.Adapters.RankLayout Layout,
    ModelTensors.DataType? OutputType,
    string? Ranks,
    double? ClipNorm,
    ulong Seed);

/// <summary>A client whose update was aggregated, as a manifest says it.</summary>
/// <param name="ClientId">The client.</param>
/// <param name="Weight">How much it counted; the sum over clients is one.</param>
/// <param name="Examples">The examples that it trained on.</param>
/// <param name="RoundsLate">How many rounds late its update was.</param>
/// <param name="MinRank">The least rank of its modules; 0 where it has none.</param>
/// <param name="MaxRank">The greatest rank of its modules; 0 where it has none.</param>
/// <param name="Upload">What it sent.</param>
/// <param name="Download">What it is sent.</param>
/// <param name="Files">The files of its update, by their paths in the round's folder.</param>
public sealed record ManifestClient(
    string ClientId, double Weight, long Examples, int RoundsLate, int MinRank, int MaxRank, ManifestTraffic Upload, ManifestTraffic Download, IReadOnlyList<ManifestFile> Files);

/// <summary>Bytes between a client and the server.</summary>
/// <param name="Predicted">What the method predicts for the factors.</param>
/// <param name="Actual">The length of the files: with headers, configuration and what is not a factor.</param>
public sealed record ManifestTraffic(long Predicted, long Actual);

/// <summary>A file, as a manifest says it.</summary>
/// <param name="Path">Its path in the round's folder, with slashes.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">The SHA-256 of its content, in lower-case hexadecimal.</param>
public sealed record ManifestFile(string Path, long Bytes, string Sha256);

using Microsoft.Extensions.Logging;
using ModelAggregation.Evaluation;

namespace ModelAggregation.Glue.Execution;

/// <summary>Carries a recipe out, stage by stage.</summary>
internal sealed partial class GlueRun
{
    private readonly PreparedGlue _prepared;
    private readonly GlueServices _services;
    private readonly IProgress<GlueProgress>? _progress;
    private readonly ILogger _logger;
    private readonly EvaluationCount _count = new();
    private readonly CountingEvaluator _proxy;
    private readonly CountingEvaluator _holdOut;
    private readonly List<string> _notes = [];

    public GlueRun(PreparedGlue prepared, GlueServices services, IProgress<GlueProgress>? progress)
    {
        _prepared = prepared;
        _services = services;
        _progress = progress;
        _logger = services.Logging.CreateLogger<ModelGlue>();
        _proxy = new CountingEvaluator(prepared.Evaluators.Proxy, _count);
        _holdOut = new CountingEvaluator(prepared.Evaluators.HoldOut, _count);
    }

    private GlueRecipe Recipe => _prepared.Recipe;

    public async Task<GlueResult> RunAsync(CancellationToken cancellationToken)
    {
        long start = _services.Time.GetTimestamp();
        GlueLog.Started(_logger, _prepared.Zoo.Models.Count, _prepared.Plan.Folder);
        using GlueFolder folder = GlueFolder.Open(_prepared.Plan.Folder);
        ZooInputs inputs = ReadInputs(folder, cancellationToken);
        folder.Begin(Manifest(folder, inputs));

        ClustersFile clusters = await ClusterAsync(folder, inputs, cancellationToken).ConfigureAwait(false);
        List<FamilyOutcome> families = [];
        foreach ((Zoo.ModelCluster cluster, string name) in clusters.Clusters.Zip(FolderName.Of([.. clusters.Clusters.Select(cluster => cluster.Models[0])])))
        {
            (FamilyFile found, string searched) = await SearchAsync(folder, inputs, clusters, cluster, name, cancellationToken).ConfigureAwait(false);
            families.Add(await MergeAsync(folder, inputs, found, searched, cancellationToken).ConfigureAwait(false));
        }

        IReadOnlyList<MixtureOutcome> mixtures = await MixAsync(folder, inputs, families, cancellationToken).ConfigureAwait(false);
        ScoresFile scores = await ScoreAsync(folder, families, mixtures, cancellationToken).ConfigureAwait(false);
        GlueResult result = Result(folder, clusters, families, scores) with { Elapsed = _services.Time.GetElapsedTime(start) };
        await ReportAsync(folder, inputs, mixtures, result, cancellationToken).ConfigureAwait(false);
        folder.Finish();
        GlueLog.Finished(_logger, result.Elapsed.TotalSeconds, result.Evaluated, folder.StagesRun, folder.StagesReused);
        return result with { StagesRun = folder.StagesRun, StagesReused = folder.StagesReused };
    }

    private GlueManifest Manifest(GlueFolder folder, ZooInputs inputs) => new()
    {
        Format = GlueManifest.Kind,
        Version = GlueManifest.Latest,
        Recipe = Recipe.ToCanonicalYaml(),
        RecipeFolder = Path.GetRelativePath(folder.Path, Path.GetFullPath(Recipe.Folder)).Replace(Path.DirectorySeparatorChar, '/'),
        Seed = Recipe.Seed,
        Versions = LibraryVersions.All(),
        Proxy = _proxy.Id,
        HoldOut = _holdOut.Id,
        Inputs = inputs.Records,
        Stages = [],
    };

    private GlueResult Result(GlueFolder folder, ClustersFile clusters, IReadOnlyList<FamilyOutcome> families, ScoresFile scores) => new()
    {
        Recipe = Recipe,
        Folder = folder.Path,
        Similarity = clusters.Similarity,
        Families = [.. families.Select(family => GlueFamilies.Of(family, folder))],
        Models = [.. scores.Models.Select(entry => ScoredModels.Of(entry, _proxy, _holdOut, folder[ScoresFile.FileName]))],
        Notes = [.. families.SelectMany(family => family.File.Notes), .. _notes],
        Evaluated = _count.Value,
        StagesRun = 0,
        StagesReused = 0,
        Elapsed = TimeSpan.Zero,
    };

    private void Note(string note)
    {
        GlueLog.Note(_logger, note);
        _notes.Add(note);
    }

    private void Report(GlueStage stage, string subject, int done = 0, int total = 0) => _progress?.Report(new GlueProgress(stage, subject, done, total, _count.Value));

    private static Fingerprint Inputs(string stage) => new Fingerprint().Add(stage).Add(LibraryVersions.Own);
}

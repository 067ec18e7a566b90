using ModelAggregation.Evaluation;
using ModelAggregation.Zoo;

namespace ModelAggregation.Glue.Execution;

/// <content>Families.</content>
internal sealed partial class GlueRun
{
    private const string SimilarityCsv = "similarity.csv";

    // Bases outside the zoo, and whose vocabulary merges have, decide results as the zoo's models do.
    private ZooInputs ReadInputs(GlueFolder folder, CancellationToken cancellationToken)
    {
        string[] models =
        [
            .. _prepared.Zoo.Models.Select(model => model.Name)
                .Concat(Recipe.Search.Bases.Where(reference => !string.Equals(reference, GlueSearch.Auto, StringComparison.Ordinal)))
                .Concat(Recipe.Similarity.Base is { } subtracted ? [subtracted] : [])
                .Concat(Recipe.Tokenizer?.SourceModel is { } vocabulary ? [vocabulary] : [])
                .Distinct(StringComparer.Ordinal),
        ];
        int done = 0;
        return ZooInputs.Of(_prepared.Zoo.Resolver, models, folder.KnownInputs, model => Report(GlueStage.Cluster, $"hashing {model}", done++, models.Length), cancellationToken);
    }

    private async Task<ClustersFile> ClusterAsync(GlueFolder folder, ZooInputs inputs, CancellationToken cancellationToken)
    {
        SimilarityOptions options = Recipe.Similarity with { Threads = Recipe.Threads };
        using Fingerprint hash = Inputs("cluster").Add((long)options.Measure).Add((long)options.Part).Add((long)Recipe.Clustering.Linkage).Add(Recipe.Clustering.Threshold)
            .Add(options.Base is null ? string.Empty : inputs[options.Base]);
        foreach (ZooModel model in _prepared.Zoo.Models)
        {
            hash.Add(model.Name).Add(model.ArchitectureKey).Add(inputs[model.Name]);
        }

        await folder.RunAsync("cluster", hash.Finish("stage"), () => Task.FromResult(Work()), cancellationToken).ConfigureAwait(false);
        return ClustersFile.Read(folder[ClustersFile.FileName]);

        IReadOnlyList<string> Work()
        {
            GlueLog.Stage(_logger, "cluster");
            RelayedProgress<SimilarityProgress> relay = new(value => Report(GlueStage.Cluster, value.Tensor, value.TensorsDone, value.TensorCount));
            ZooClusters clusters = ZooClusters.Find(_prepared.Zoo, options, Recipe.Clustering, folder.Path, relay, cancellationToken);
            clusters.Save(folder[ClustersFile.FileName]);
            clusters.Similarity.SaveCsv(folder[SimilarityCsv]);
            IEnumerable<string> kept = _prepared.Zoo.Models.Select(model => SimilarityFile(model.ArchitectureKey)).Distinct(StringComparer.Ordinal).Where(file => File.Exists(folder[file]));
            return [ClustersFile.FileName, SimilarityCsv, .. kept];
        }
    }

    /// <summary>Returns the name under which <see cref="ZooClusters.Find"/> keeps the similarities of an architecture.</summary>
    private static string SimilarityFile(string architecture) => $"similarity-{architecture}.json";
}

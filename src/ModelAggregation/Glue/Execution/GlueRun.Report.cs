using ModelAggregation.Evaluation;
using ModelAggregation.Zoo;

namespace ModelAggregation.Glue.Execution;

/// <content>The report.</content>
internal sealed partial class GlueRun
{
    private const string ReportHtml = "report.html";

    private async Task ReportAsync(GlueFolder folder, ZooInputs inputs, IReadOnlyList<MixtureOutcome> mixtures, GlueResult result, CancellationToken cancellationToken)
    {
        // All stages before it decide what it says.
        using Fingerprint hash = Inputs("report").Add(Recipe.ToCanonicalYaml()).Add([.. folder.Outputs.SelectMany(output => new[] { output.Path, output.Sha256 })])
            .Add([.. inputs.Records.SelectMany(model => new[] { model.Model, inputs[model.Model], model.Licence ?? string.Empty })]);
        await folder.RunAsync("report", hash.Finish("stage"), () => Task.FromResult(Work()), cancellationToken).ConfigureAwait(false);

        IReadOnlyList<string> Work()
        {
            GlueLog.Stage(_logger, "report");
            Report(GlueStage.Report, Recipe.Title);
            IReadOnlyDictionary<string, ZooSimilarity> similarities = _prepared.Zoo.Models.Select(model => model.ArchitectureKey).Distinct(StringComparer.Ordinal)
                .Where(key => File.Exists(folder[SimilarityFile(key)])).ToDictionary(key => key, key => ZooSimilarity.Load(folder[SimilarityFile(key)]), StringComparer.Ordinal);
            new GlueReport(result, _prepared.Zoo, inputs.Records, similarities, mixtures, (_proxy, _holdOut)).Create().Save(folder[ReportHtml]);
            return [ReportHtml];
        }
    }
}

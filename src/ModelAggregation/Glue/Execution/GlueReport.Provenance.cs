using System.Globalization;
using RunKit.Reports;

namespace ModelAggregation.Glue.Execution;

/// <content>Mixtures, and where all comes from.</content>
internal sealed partial class GlueReport
{
    private void AddMixtures(HtmlReport report)
    {
        if (mixtures.Count == 0)
        {
            return;
        }

        report.AddHeading("Mixtures");
        foreach (MixtureFile mixture in mixtures.Select(mixture => mixture.File))
        {
            ReportTable experts = new($"{mixture.Name}, in {mixture.Folder}: level {mixture.Level}{(mixture.Family is null ? string.Empty : $", family {mixture.Family}")}", "Expert", "Tasks that it is best at");
            foreach (ExpertEntry expert in mixture.Experts)
            {
                experts.AddRow(expert.Name, string.Join(", ", expert.Tasks));
            }

            report.AddTable(experts);
            if (mixture.Fits.Length > 0)
            {
                AddFits(report, mixture);
            }

            if (mixture.Routing is { } routing)
            {
                AddRouting(report, mixture, routing);
            }

            foreach (string warning in mixture.Warnings)
            {
                report.AddParagraph(warning);
            }
        }
    }

    private static void AddFits(HtmlReport report, MixtureFile mixture)
    {
        ReportTable fits = new($"{mixture.Name}: routers fitted to the prompts of the proxy set", "Layer", "Accuracy", "Cross-entropy", "Accuracy on prompts left out", "Converged");
        foreach (FitEntry fit in mixture.Fits)
        {
            fits.AddRow($"{fit.Layer}", Number(fit.Accuracy), Number(fit.CrossEntropy), Number(fit.HeldOutAccuracy), fit.IsConverged ? "yes" : "no");
        }

        report.AddTable(fits);
    }

    private static void AddRouting(HtmlReport report, MixtureFile mixture, RoutingEntry routing)
    {
        string[] names = [.. mixture.Experts.Select(expert => expert.Name)];
        report.AddFigure(new HeatMap($"{mixture.Name}: likeliest expert of prompts", [.. routing.Tasks.Select(task => task.Name)], names, [.. routing.Tasks.Select(task => (IReadOnlyList<double>)task.Shares)])
        {
            Description = string.Create(
                CultureInfo.InvariantCulture,
                $"The share of the prompts of each task whose likeliest expert each is, by the pooled states at layer {routing.Layer}; {routing.Tasks.Sum(task => task.Prompts)} prompts of the proxy set. Load {string.Join(", ", routing.Load.Select(Number))}; mean entropy {Number(routing.Entropy)} nats of at most {Number(Math.Log(names.Length))}; load-balancing loss {Number(routing.LoadBalancingLoss)}."),
        });
    }

    private void AddProvenance(HtmlReport report)
    {
        ReportTable models = new("The models of the zoo", "Model", "Parameters", "Bytes", "Licence", "SHA-256 of the tensor files");
        foreach (InputRecord input in inputs)
        {
            Zoo.ZooModel? model = zoo.Models.FirstOrDefault(model => string.Equals(model.Name, input.Model, StringComparison.Ordinal));
            IEnumerable<string> hashes = input.Files.Where(file => file.Path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)).Select(file => file.Sha256[..16]);
            models.AddRow(
                input.Model,
                model?.ParameterCount.ToString(CultureInfo.InvariantCulture) ?? string.Empty,
                model?.ByteLength.ToString(CultureInfo.InvariantCulture) ?? string.Empty,
                input.Licence ?? "not stated",
                string.Join(", ", hashes));
        }

        ReportTable versions = new("Made with", "What", "Version");
        foreach ((string name, string version) in LibraryVersions.All())
        {
            versions.AddRow(name, version);
        }

        versions.AddRow("seed", result.Recipe.Seed.ToString(CultureInfo.InvariantCulture)).AddRow("proxy set", evaluators.Proxy.Id).AddRow("hold-out", evaluators.HoldOut.Id);
        ReportTable recipe = new("The recipe", "YAML");
        foreach (string line in result.Recipe.ToCanonicalYaml().TrimEnd('\n').Split('\n'))
        {
            // Spaces that lead a cell would be dropped.
            recipe.AddRow(line.Replace("  ", "\u00A0\u00A0", StringComparison.Ordinal));
        }

        report.AddHeading("Provenance").AddTable(models).AddTable(versions).AddTable(recipe)
            .AddParagraph("Full hashes of inputs and outputs are in manifest.json; scores with the outcomes of all examples are in scores.json, from which 'verify' derives them again.");
    }
}

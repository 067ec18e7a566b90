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
        foreach (MixtureOutcome mixture in mixtures)
        {
            report.AddParagraph($"{mixture.Name} lies in {mixture.Relative}.");
        }
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
        foreach (string line in result.Recipe.ToYaml().TrimEnd('\n').Split('\n'))
        {
            // Spaces that lead a cell would be dropped.
            recipe.AddRow(line.Replace("  ", "\u00A0\u00A0", StringComparison.Ordinal));
        }

        report.AddHeading("Provenance").AddTable(models).AddTable(versions).AddTable(recipe)
            .AddParagraph("Full hashes of inputs and outputs are in manifest.json; scores with the outcomes of all examples are in scores.json, from which 'verify' derives them again.");
    }
}

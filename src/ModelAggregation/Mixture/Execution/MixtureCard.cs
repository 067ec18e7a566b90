using System.Globalization;
using System.Text;
using ModelAggregation.Merging.Execution;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Mixture.Execution;

/// <summary>Writes the card of a mixture: what was mixed, how, and what identifies the inputs. It holds no dates, so equal mixtures have equal cards.</summary>
internal static class MixtureCard
{
    public static string Write(MixturePlan plan, MixtureContent content, InputHashes hashes)
    {
        StringBuilder text = new();
        text.Append("---\ntags:\n- moe\n- merge\n- model-aggregation\nbase_model:\n");
        foreach (PlannedModel model in plan.Opened)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {ModelCard.Quote(model.Name)}\n");
        }

        string blocks = plan.Level == MixtureLevel.FeedForward ? "feed-forward blocks" : "layers";
        string decision = plan.Input == RouterInput.Token ? "each token" : "each prompt";
        text.Append(CultureInfo.InvariantCulture, $"---\n\n# Mixture of experts\n\nA mixture of the {blocks} of {plan.ExpertCount} experts (level `{MixtureWords.Word(MixtureWords.Levels, plan.Level)}`), ");
        text.Append(CultureInfo.InvariantCulture, $"of which {plan.ExpertsPerToken} compute for {decision}; {plan.DenseLayerCount} of {plan.LayerCount} layers are dense. ");
        text.Append(CultureInfo.InvariantCulture, $"{content.Tensors.Count} tensors, {content.Tensors.Sum(tensor => tensor.Info.Shape.ElementCount)} parameters.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{plan.RouterCount} routers, `{RecipeWords.Word(plan.Recipe.Router)}`, SHA-256 `{content.RoutersHash}`. ");
        text.Append(CultureInfo.InvariantCulture, $"Made with ModelAggregation {ModelCard.Version(typeof(MixtureCard))} on ModelTensors {ModelCard.Version(typeof(TensorSet))}. Plan `{plan.Hash}`.\n\n");
        AddModels(text, plan);
        text.Append("## Recipe\n\n```yaml\n").Append(plan.Recipe.ToYaml().TrimEnd()).Append("\n```\n\n");
        AddFiles(text, plan, hashes);
        if (plan.Warnings.Count > 0)
        {
            text.Append("\n## Warnings\n\n").AppendJoin('\n', plan.Warnings.Select(warning => $"- {warning}")).Append('\n');
        }

        return text.ToString();
    }

    private static void AddModels(StringBuilder text, MixturePlan plan)
    {
        text.Append("## Models\n\n| part | model | licence | noise | scale of what it adds |\n|---|---|---|---|---|\n");
        text.Append(CultureInfo.InvariantCulture, $"| dense model | {ModelCard.Quote(plan.DenseModel.Name)} | {Licence(plan.DenseModel)} | | |\n");
        for (int expert = 0; expert < plan.ExpertCount; expert++)
        {
            MixtureExpert settings = plan.Recipe.Experts[expert];
            PlannedModel model = plan.Experts[expert];
            text.Append(CultureInfo.InvariantCulture, $"| expert {expert} | {ModelCard.Quote(model.Name)} | {Licence(model)} | {settings.NoiseScale} | {settings.ResidualScale} |\n");
        }

        text.Append('\n');
    }

    private static void AddFiles(StringBuilder text, MixturePlan plan, InputHashes hashes)
    {
        text.Append("## Inputs\n\n| model | file | bytes | SHA-256 of the header | SHA-256 |\n|---|---|---|---|---|\n");
        foreach (PlannedModel model in plan.Opened)
        {
            if (model.Tensors.Files.Count == 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {ModelCard.Quote(model.Name)} | in memory | | | |\n");
            }

            foreach (FileIdentity file in model.Tensors.Files)
            {
                string hash = hashes.Of(model, file) is { } known ? $"`{known}`" : string.Empty;
                text.Append(CultureInfo.InvariantCulture, $"| {ModelCard.Quote(model.Name)} | {file.Name} | {file.Length} | `{file.HeaderSha256}` | {hash} |\n");
            }
        }
    }

    // What a card says comes from whoever wrote it: quoted, it cannot end a cell.
    private static string Licence(PlannedModel model) => model.Tensors.Folder is { } folder && ModelLicence.Of(folder) is { } licence ? ModelCard.Quote(licence) : "not stated";
}

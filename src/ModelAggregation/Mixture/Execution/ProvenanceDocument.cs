using System.Reflection;
using System.Text.Json.Nodes;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Mixture.Planning;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Mixture.Execution;

/// <summary>Writes <c>aggregation.json</c>: what a mixture is made of. It holds no dates, so equal mixtures have equal files.</summary>
internal static class ProvenanceDocument
{
    public const string FileName = "aggregation.json";
    public const int Format = 1;

    public static JsonObject Write(MixturePlan plan, MixtureContent content, InputHashes hashes)
    {
        MixtureRecipe recipe = plan.Recipe;
        JsonObject router = new()
        {
            ["kind"] = RecipeWords.Word(recipe.Router),
            ["gate_mode"] = MixtureWords.Word(MixtureWords.GateModes, recipe.GateMode),
            ["input"] = RecipeWords.Word(plan.Input),
            ["pooling"] = plan.Input == RouterInput.Sample ? RecipeWords.Word(recipe.Pooling) : null,
            ["sha256"] = content.RoutersHash,
        };
        return new JsonObject
        {
            ["format"] = Format,
            ["generator"] = $"ModelAggregation {typeof(ProvenanceDocument).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]}",
            ["level"] = MixtureWords.Word(MixtureWords.Levels, plan.Level),
            ["layers"] = plan.LayerCount,
            ["dense_layers"] = plan.DenseLayerCount,
            ["experts_per_token"] = plan.ExpertsPerToken,
            ["layout"] = RecipeWords.Word(recipe.Layout),
            ["router"] = router,
            ["dense_model"] = Model(plan.DenseModel, hashes),
            ["experts"] = new JsonArray([.. Enumerable.Range(0, plan.ExpertCount).Select(expert => Expert(plan, expert, hashes))]),
            ["plan_sha256"] = plan.Hash,
            ["recipe"] = recipe.ToYaml(),
        };
    }

    private static JsonObject Expert(MixturePlan plan, int index, InputHashes hashes)
    {
        MixtureExpert settings = plan.Recipe.Experts[index];
        JsonObject expert = Model(plan.Experts[index], hashes);
        expert["positive_prompts"] = new JsonArray([.. settings.PositivePrompts.Select(prompt => JsonValue.Create(prompt))]);
        expert["negative_prompts"] = new JsonArray([.. settings.NegativePrompts.Select(prompt => JsonValue.Create(prompt))]);
        expert["noise_scale"] = settings.NoiseScale;
        expert["residual_scale"] = settings.ResidualScale;
        JsonObject carried = [];
        plan.Settings[index].Write(carried);
        expert["settings"] = carried;
        return expert;
    }

    private static JsonObject Model(PlannedModel model, InputHashes hashes)
    {
        JsonArray files = [];
        foreach (FileIdentity file in model.Tensors.Files)
        {
            JsonObject item = new() { ["name"] = file.Name, ["bytes"] = file.Length, ["header_sha256"] = file.HeaderSha256 };
            if (hashes.Of(model, file) is { } hash)
            {
                item["sha256"] = hash;
            }

            files.Add((JsonNode)item);
        }

        return new JsonObject { ["reference"] = model.Name, ["files"] = files };
    }
}

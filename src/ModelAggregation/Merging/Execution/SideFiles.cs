using System.Text.Json;
using ModelAggregation.Merging.Planning;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Execution;

/// <summary>The files of a checkpoint beside its tensors: configuration, tokenizer, model card, recipe.</summary>
internal static class SideFiles
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Write(MergePlan plan, StagedCheckpoint output, bool hashInputs, CancellationToken cancellationToken)
    {
        if (plan.Config is { } config)
        {
            output.WriteText("config.json", config.ToJsonString(Indented) + "\n");
        }

        if (plan.TokenizerFolder is { } folder)
        {
            output.CopySideFiles(folder, name => plan.Documents.LeftOut.Contains(name) || plan.Documents.Texts.ContainsKey(name));
        }

        foreach ((string name, string text) in plan.Documents.Texts)
        {
            output.WriteText(name, text);
        }

        output.WriteText("merge_recipe.yml", plan.RecipeText);
        output.WriteText("README.md", ModelCard.Write(plan, hashInputs, cancellationToken));
    }
}

using ModelAggregation.Evaluation;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Glue.Execution;

/// <content>Merges.</content>
internal sealed partial class GlueRun
{
    private async Task<FamilyOutcome> MergeAsync(GlueFolder folder, ZooInputs inputs, FamilyFile found, string searched, CancellationToken cancellationToken)
    {
        if (!Recipe.CopiesSingles && found.Models.Contains(found.Winner, StringComparer.Ordinal) && PlainFolder(found.Winner) is { } own)
        {
            return new FamilyOutcome(found, searched, own, inputs[found.Winner], IsWritten: false);
        }

        ScoredEntry best = found.Best();
        MergeRecipe recipe = MergeRecipe.Parse(best.Recipe);
        string name = $"merge {found.Family}";
        string output = $"{FamilyOutcome.MergedFolder}/{found.Family}";
        using Fingerprint hash = Inputs("merge").Add(best.Recipe).Add(best.Hash).Add(Build(Method(recipe.Method)));
        foreach (string model in recipe.References())
        {
            hash.Add(inputs[model]);
        }

        StageRecord stage = await folder.RunAsync(name, hash.Finish("stage"), () => Task.FromResult(Work()), cancellationToken).ConfigureAwait(false);
        return new FamilyOutcome(found, searched, folder[output], Content(stage), IsWritten: true);

        IReadOnlyList<string> Work()
        {
            GlueLog.Stage(_logger, name);
            Directory.CreateDirectory(folder[FamilyOutcome.MergedFolder]);
            RelayedProgress<MergeProgress> relay = new(value => Report(GlueStage.Merge, found.Family, value.TensorsDone, value.TensorCount));
            _prepared.Merger.Merge(recipe, folder[output], new MergeOptions { Threads = Recipe.Threads, Overwrite = true }, relay, cancellationToken);
            return [output];
        }
    }

    private static string Content(StageRecord stage) => Fingerprint.Key([.. stage.Outputs.SelectMany(output => new[] { output.Path, output.Sha256 })]);

    // A model can be referred to where a folder is all of it, in the type that is asked for.
    private string? PlainFolder(string model)
    {
        using TensorSet tensors = _prepared.Zoo.Resolver.Open(model);
        bool isWhole = tensors.Folder is { } folder && Directory.Exists(folder) && tensors.Files.All(file => file.Path is null);
        bool isOfType = Recipe.OutputDataType is not { } type
            || _prepared.Zoo[model].Tensors.All(tensor => !tensor.DataType.IsFloatingPoint || tensor.DataType == type);
        return isWhole && isOfType && Recipe.Tokenizer is null ? Path.GetFullPath(tensors.Folder!) : null;
    }
}

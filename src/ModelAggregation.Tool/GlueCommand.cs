using System.CommandLine;
using ModelAggregation.Glue;
using ModelAggregation.Runtime;
using ModelRuntime;
using ModelRuntime.Tokenizers;

namespace ModelAggregation.Tool;

/// <summary>The verb <c>glue</c>: from a zoo of checkpoints to one model, by one file.</summary>
internal static class GlueCommand
{
    private static readonly Argument<string> Recipe = new("recipe") { Description = "The YAML file of the pipeline. Its paths are relative to its own folder." };
    private static readonly Option<bool> PlanOnly = new("--plan") { Description = "Print what will be done, or everything that is wrong, and stop." };
    private static readonly Option<bool> Verify = new("--verify") { Description = "Derive all scores of an output again from its models, compare them to the bit, and stop." };
    private static readonly Option<int> Threads = new("--engine-threads") { Description = "The number of threads of one evaluation.", DefaultValueFactory = _ => 1 };
    private static readonly Option<bool> Characters = new("--characters") { Description = "Read texts character by character, for the models of this repository, which have no tokenizer." };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Command command = new("glue", "Clusters a zoo of models, searches and merges each family, mixes the results, and reports. Run again after an interruption, it continues.")
        {
            Recipe, PlanOnly, Verify, Threads, Characters,
        };
        command.Runs("Interrupted. The same command goes on from what is done.", (parsed, cancellationToken) => RunAsync(parsed, cancellationToken).GetAwaiter().GetResult());
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        GlueRecipe recipe = GlueRecipe.Load(parsed.GetRequiredValue(Recipe));
        ITokenizer? tokenizer = parsed.GetValue(Characters) ? new CharacterTokenizer() : null;
        RuntimeOptions runtime = new() { Threads = Math.Max(1, parsed.GetValue(Threads)) };
        using HttpClient client = new();
        ModelGlue glue = new(new GlueServices
        {
            Models = new RuntimeLanguageModelFactory(tokenizer, runtime),
            HiddenStates = new RuntimeHiddenStatesFactory(tokenizer, runtime),
            Http = client,
        });
        if (parsed.GetValue(Verify))
        {
            await VerifyAsync(glue, recipe, cancellationToken).ConfigureAwait(false);
            return;
        }

        GluePlan plan = glue.Plan(recipe, cancellationToken);
        if (parsed.GetValue(PlanOnly))
        {
            Console.Write(plan.Describe());
            return;
        }

        foreach (string warning in plan.Warnings)
        {
            await Console.Error.WriteLineAsync($"Warning: {warning}").ConfigureAwait(false);
        }

        Write(await ProgressBar.RunAsync(progress => glue.RunAsync(recipe, progress, cancellationToken)).ConfigureAwait(false));
    }

    private static async Task VerifyAsync(ModelGlue glue, GlueRecipe recipe, CancellationToken cancellationToken)
    {
        string folder = Path.GetFullPath(recipe.Output, Path.GetFullPath(recipe.Folder));
        GlueVerification verification = await ProgressBar.RunAsync(progress => glue.VerifyAsync(recipe, progress, cancellationToken)).ConfigureAwait(false);
        if (!verification.IsVerified)
        {
            throw new IOException($"'{folder}' is not as recorded:\n{string.Join('\n', verification.Mismatches.Select(mismatch => $"- {mismatch}"))}");
        }

        Console.WriteLine($"{verification.Scores} scores and {verification.Files} files are as recorded");
    }

    private static void Write(GlueResult result)
    {
        TextTable families = new("family", "models", "base", "dropped", "best");
        foreach (GlueFamily family in result.Families)
        {
            families.Add(family.Name, $"{family.Models.Count}", family.Base ?? "-", family.Searches.Count == 0 ? "-" : $"{family.Dropped.Count}", family.Winner);
        }

        families.Write(Console.Out);
        Console.WriteLine();
        TextTable scores = new("model", "kind", "proxy merit", "hold-out merit");
        foreach (GlueModel model in result.Models.OrderByDescending(model => model.Proxy.Merit))
        {
            scores.Add(model.Name, $"{model.Kind}", $"{model.Proxy.Merit:0.0000}", $"{model.HoldOut.Merit:0.0000}");
        }

        scores.Write(Console.Out);
        foreach (string note in result.Notes)
        {
            Console.Error.WriteLine($"Note: {note}");
        }

        Console.WriteLine();
        Console.WriteLine(result.Verdict());
        Console.WriteLine($"{result.Evaluated} evaluations, {result.StagesRun} stages carried out and {result.StagesReused} complete already, {result.Elapsed.TotalSeconds:0.0} s -> {Path.Combine(result.Folder, "report.html")}");
    }
}

using System.CommandLine;
using GlueMiniature;
using ModelAggregation.Glue;
using ModelAggregation.Runtime;
using ModelRuntime;
using ModelRuntime.Tokenizers;
using ModelSdk.Samples;
using Spectre.Console;

// A pipe has no width of its own.
if (Console.IsOutputRedirected)
{
    AnsiConsole.Profile.Width = 180;
}

Option<bool> quick = new("--quick") { Description = "Fewer strategies, candidates, mixtures and questions." };
Option<bool> verify = new("--verify") { Description = "Only derives all scores of an earlier run again from the models and recipes that it has left, and compares them to the bit." };
Option<string?> zoo = new("--zoo") { Description = "Another folder of models, such as samples/TrainZoo makes, with its questions in 'eval'." };
Option<string?> work = new("--work") { Description = "The folder of models, scores and report, and of what a later run goes on from; samples/ModelGlue/out by default." };
Option<ulong?> seed = new("--seed") { Description = "The seed of all that is random: which questions select and which report, searches, routers." };
RootCommand root = new("Glues a zoo of models: finds families, searches merges in each, mixes them, and says whether that has paid.") { quick, verify, zoo, work, seed };
root.SetAction((parsed, cancellationToken) => Guard.RunAsync(async () =>
{
    // Models as small as these take one thread each, and as many are evaluated at a time.
    RuntimeOptions oneThread = new() { Threads = 1 };
    CharacterTokenizer tokenizer = new();
    ModelAggregation.Glue.ModelGlue glue = new(new GlueServices
    {
        Models = new RuntimeLanguageModelFactory(tokenizer, oneThread),
        HiddenStates = new RuntimeHiddenStatesFactory(tokenizer, oneThread),
    });
    GlueRecipe recipe = Recipes.Load(parsed.GetValue(quick), parsed.GetValue(zoo), parsed.GetValue(work), parsed.GetValue(seed));
    GlueConsole console = new();
    if (!parsed.GetValue(verify))
    {
        AnsiConsole.Write(glue.Plan(recipe, cancellationToken).Describe());
        GlueConsole.Print(await glue.RunAsync(recipe, console, cancellationToken));
        return;
    }

    GlueVerification verification = await glue.VerifyAsync(Path.GetFullPath(recipe.Output, recipe.Folder), console, cancellationToken);
    GlueConsole.Print(verification);
    if (!verification.IsVerified)
    {
        throw new IOException("What was found is not what is recorded.");
    }
}));
ParseResult result = root.Parse(args);
if (result.Errors.Count > 0)
{
    Console.Error.WriteLine($"{string.Join(' ', result.Errors.Select(error => error.Message))} Try --help.");
    return 1;
}

return await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

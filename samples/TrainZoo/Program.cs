using System.CommandLine;
using ModelSdk.Samples;
using Spectre.Console;
using TrainZoo;

// A pipe has no width of its own.
if (Console.IsOutputRedirected)
{
    AnsiConsole.Profile.Width = 160;
}

Option<bool> quick = new("--quick") { Description = "Smaller models and an eighth of the steps: under a minute, and too little to learn much." };
Option<bool> clients = new("--clients") { Description = "Train the ten LoRA clients of a-base too." };
Option<ulong> seed = new("--seed") { Description = "The seed of all that is drawn; 0 by default. The same seed gives the same bytes." };
Option<string?> output = new("--out") { Description = "The folder of the models; samples/TrainZoo/out by default." };
Option<bool> overwrite = new("--overwrite") { Description = "Replace models in the folder, each once the new one is complete; the default folder's are replaced anyway." };

RootCommand root = new("Trains a zoo of small language models from nothing: two families of a base and specialists, one of them harmful.") { quick, clients, seed, output, overwrite };
root.SetAction((parsed, cancellationToken) => Guard.RunAsync(async () =>
{
    string? folder = parsed.GetValue(output);
    Settings settings = new(
        parsed.GetValue(seed), Path.GetFullPath(folder ?? Folders.Default()), folder is null || parsed.GetValue(overwrite), parsed.GetValue(quick));
    await Making.RunAsync(settings, parsed.GetValue(clients), cancellationToken);
}));
ParseResult result = root.Parse(args);
if (result.Errors.Count > 0)
{
    Console.Error.WriteLine($"{string.Join(' ', result.Errors.Select(error => error.Message))} Try --help.");
    return 1;
}

return await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

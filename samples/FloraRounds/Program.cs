using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using FloraRounds;
using ModelRuntime.Tasks;
using ModelSdk.Samples;
using Spectre.Console;

// A pipe has no width of its own.
if (Console.IsOutputRedirected)
{
    AnsiConsole.Profile.Width = 200;
}

Option<bool> quick = new("--quick") { Description = "Fewer seeds, rounds and steps: under a minute, and nothing to conclude from." };
Option<int?> seeds = new("--seeds") { Description = "The number of seeds; 5 by default." };
Option<int?> rounds = new("--rounds") { Description = "The rounds of each run; 4 by default." };
Option<int?> steps = new("--steps") { Description = "The steps of a client in a round; 15 by default." };
Option<string?> output = new("--out") { Description = "The folder of the runs and the report; samples/FloraRounds/out by default." };
foreach (Option<int?> option in (ReadOnlySpan<Option<int?>>)[seeds, rounds, steps])
{
    option.Validators.Add(result =>
    {
        if (!result.Errors.Any() && result.GetValue(option) is < 1)
        {
            result.AddError($"{option.Name} is at least 1.");
        }
    });
}

RootCommand root = new("Trains ten clients of different ranks over several rounds, aggregates them in five ways, and compares the models.") { quick, seeds, rounds, steps, output };
root.SetAction((parsed, cancellationToken) => Guard.RunAsync(async () =>
{
    string folder = Path.GetFullPath(parsed.GetValue(output) ?? Path.Combine(Materials.Find("FloraRounds"), "out"));
    Settings settings = parsed.GetValue(quick) ? Settings.Quick(folder) : Settings.Full(folder);
    settings = settings with
    {
        Seeds = parsed.GetValue(seeds) ?? settings.Seeds,
        Rounds = parsed.GetValue(rounds) ?? settings.Rounds,
        Steps = parsed.GetValue(steps) ?? settings.Steps,
    };
    Materials materials = Materials.Load(Materials.Find("models"), settings.Questions);
    Experiment experiment = new(settings, materials);
    string setting = Words.Setting(settings, materials);
    Console.WriteLine(setting);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Expected time: {experiment.ExpectedTime.TotalSeconds:0} s on two cores."));

    long began = Stopwatch.GetTimestamp();
    IReadOnlyList<TaskScore> start = experiment.ScoreBase(cancellationToken);
    IReadOnlyList<Outcome> outcomes = await ProgressView.ShowAsync(experiment, cancellationToken);
    Summary summary = new(outcomes);
    ResultTable.Write(summary, start);
    string report = Path.Combine(folder, "report.html");
    ResultReport.Save(summary, start, setting, report);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(began).TotalSeconds:0} s. Report: {report}"));
}));
ParseResult result = root.Parse(args);
if (result.Errors.Count > 0)
{
    Console.Error.WriteLine($"{string.Join(' ', result.Errors.Select(error => error.Message))} Try --help.");
    return 1;
}

return await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

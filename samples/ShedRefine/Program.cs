using System.Diagnostics;
using DataShapley;
using DataShapley.Games;
using DataShapley.Refinement;
using ModelTensors;
using RunKit;
using ShedRefine;
using Spectre.Console;

// A pipe has no width of its own.
if (Console.IsOutputRedirected)
{
    AnsiConsole.Profile.Width = 160;
}

if (args is not ([] or ["--quick"]))
{
    Console.Error.WriteLine("Usage: ShedRefine [--quick]");
    return 1;
}

StudySettings settings = args.Length > 0 ? StudySettings.Quick : StudySettings.Full;
string sample = FindSample();
string models = Path.Combine(sample, "..", "models");
string output = Path.Combine(sample, "out", settings.Name);
using CancellationTokenSource interrupted = new();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    interrupted.Cancel();
};
Console.WriteLine($"Refines an instruction set of {settings.Records} records, {settings.Seeds} seeds. This takes {settings.ExpectedTime} on two cores; an interrupted run goes on from {Path.GetFullPath(output)}.");
Stopwatch watch = Stopwatch.StartNew();
Study study = new(settings, isHidden: false, settings.Seeds, models, output);
Study? hidden = settings.HiddenSeeds > 0 ? new(settings, isHidden: true, settings.HiddenSeeds, models, output) : null;
try
{
    await WithStatusAsync(async progress =>
    {
        await study.RunAsync(progress, interrupted.Token);
        if (hidden is not null)
        {
            await hidden.RunAsync(progress, interrupted.Token);
        }
    });
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Interrupted. Values that were computed are kept: run it again to go on.");
    return 130;
}
catch (Exception exception) when (exception is ModelDataException or ValuationException or UtilityException or RefinementException or JournalException or IOException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

Show(study, "wrong answers in capitals");
if (hidden is not null)
{
    Show(hidden, $"wrong answers that look like right ones, {hidden.Seeds} seeds");
}

string page = Path.Combine(output, "report.html");
Report.Save(page, settings, study, hidden, watch.Elapsed);
Console.WriteLine(Report.Scope);
Console.WriteLine($"{watch.Elapsed.TotalSeconds:0} s. A report with figures: {Path.GetFullPath(page)}");
return 0;

void Show(Study shown, string what)
{
    Summary summary = new(shown, settings);
    foreach (string model in (string[])[Learner.Base, Learner.Other])
    {
        Table table = new Table().Border(TableBorder.Simple).Title($"{model}, {what}").AddColumns([.. ResultTable.Columns]);
        foreach (IReadOnlyList<string> row in ResultTable.RowsOf(summary, model))
        {
            table.AddRow([.. row]);
        }

        AnsiConsole.Write(table);
    }

    foreach (string words in summary.Words())
    {
        Console.WriteLine(words);
    }

    Console.WriteLine();
}

static async Task WithStatusAsync(Func<IProgress<string>, Task> run)
{
    if (Console.IsOutputRedirected)
    {
        await run(new StatusLine(_ => { }));
        return;
    }

    await AnsiConsole.Status().StartAsync("starting", async context => await run(new StatusLine(text => context.Status = Markup.Escape(text))));
}

static string FindSample()
{
    for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
    {
        string candidate = Path.Combine(folder.FullName, "samples", "ShedRefine");
        if (Directory.Exists(candidate))
        {
            return candidate;
        }
    }

    throw new DirectoryNotFoundException("The sample runs from a clone of the repository: no folder samples/ShedRefine above it.");
}

using System.CommandLine;
using System.Globalization;
using ModelGlue;
using ModelTensors;
using RunKit;
using Spectre.Console;

// A pipe has no width of its own.
if (Console.IsOutputRedirected)
{
    AnsiConsole.Profile.Width = 160;
}

string samples = FindSamples();
Option<bool> quick = new("--quick") { Description = "Tries three coefficients instead of nine." };
Option<string> models = new("--models") { Description = "The folder of the models; names that end in -base are what the others were trained from.", DefaultValueFactory = _ => Path.Combine(samples, "models") };
Option<string?> evaluation = new("--eval") { Description = "The folder of the evaluation sets (JSON lines with prompt and answer); 'eval' in that of the models by default." };
Option<string> work = new("--work") { Description = "The folder of the report and of what a later run goes on from.", DefaultValueFactory = _ => Path.Combine(samples, "ModelGlue", "out") };
Option<string?> output = new("--out") { Description = "Writes the model that is chosen to this folder." };
Option<ulong> seed = new("--seed") { Description = "The seed by which examples are dealt out to selection and report." };
RootCommand root = new("Merges a zoo of models family by family, and says whether that has paid.") { quick, models, evaluation, work, output, seed };
root.SetAction(async (parsed, cancellationToken) =>
{
    GlueSettings settings = new()
    {
        Models = parsed.GetRequiredValue(models),
        Evaluation = parsed.GetValue(evaluation) ?? Path.Combine(parsed.GetRequiredValue(models), "eval"),
        Work = parsed.GetRequiredValue(work),
        Output = parsed.GetValue(output),
        Seed = parsed.GetValue(seed),
        IsQuick = parsed.GetValue(quick),
    };
    return await RunAsync(settings, cancellationToken);
});
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

static async Task<int> RunAsync(GlueSettings settings, CancellationToken cancellationToken)
{
#pragma warning disable CA1031 // The outermost frame: whatever it is becomes one message and an exit code.
    try
    {
        AnsiConsole.WriteLine($"Model-GLUE in miniature; the full run takes half a minute to a minute on two cores. {(settings.IsQuick ? "This is the quick one." : string.Empty)}");
        GlueResult result = await new GlueRun(settings, AnsiConsole.WriteLine).RunAsync(cancellationToken);
        GlueConsole.Print(result);
        string report = Path.Combine(settings.Work, "report.html");
        GlueReport.Create(result, settings).Save(report);
        AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Evaluations} evaluations in {result.Elapsed.TotalSeconds:0.0} s -> {report}"));
        return 0;
    }
    catch (OperationCanceledException)
    {
        await Console.Error.WriteLineAsync("Interrupted. The same command goes on from what is evaluated already.");
        return 130;
    }
    catch (Exception exception)
    {
        await Console.Error.WriteLineAsync(exception is ModelDataException or JournalException or IOException or UnauthorizedAccessException or InvalidOperationException
            ? exception.Message
            : $"Unexpected error ({exception.GetType().Name}): {exception.Message}");
        return 1;
    }
#pragma warning restore CA1031
}

static string FindSamples()
{
    for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
    {
        string samples = Path.Combine(folder.FullName, "samples");
        if (Directory.Exists(Path.Combine(samples, "models", "a-base")))
        {
            return samples;
        }
    }

    throw new DirectoryNotFoundException("The sample's models lie in samples/models of the repository: run it from a clone.");
}

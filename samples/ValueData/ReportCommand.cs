using System.CommandLine;
using DataShapley.Results;

namespace ValueData;

/// <summary>The verb <c>report</c>: values as one page of HTML.</summary>
internal static class ReportCommand
{
    private static readonly Argument<string> Values = new("values") { Description = "Values that 'knn' or 'value' wrote: JSON, or CSV." };
    private static readonly Option<string?> Other = new("--compare") { Description = "Other values of the same points, to compare with." };
    private static readonly Option<string> Output = Verb.Output("The page");

    public static Command Create()
    {
        Command command = new("report", "Writes values as one self-contained page of HTML.") { Values, Other, Output };
        command.Runs((parsed, _) =>
        {
            ValuationReportOptions options = new() { Other = parsed.GetValue(Other) is { } other ? Load(other) : null };
            ValuationReport.Save(Load(parsed.GetRequiredValue(Values)), parsed.GetRequiredValue(Output), options);
            Console.WriteLine($"-> {Path.GetFullPath(parsed.GetRequiredValue(Output))}");
            return Task.CompletedTask;
        });
        return command;
    }

    private static DataShapley.ValuationResult Load(string path) => path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? ValuationFile.Load(path) : ValuationFile.LoadCsv(path);
}

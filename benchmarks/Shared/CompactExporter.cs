using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;

namespace ModelSdk.Benchmarking;

/// <summary>Writes the machine and one plain markdown table, to be kept beside the results of other machines.</summary>
internal sealed class CompactExporter : ExporterBase
{
    protected override string FileExtension => "md";

    public override void ExportToLog(Summary summary, ILogger logger)
    {
        logger.WriteLine("```");
        foreach (string line in summary.HostEnvironmentInfo.ToFormattedString())
        {
            logger.WriteLine(line);
        }

        logger.WriteLine("```");
        logger.WriteLine();
        SummaryTable.SummaryTableColumn[] columns = [.. summary.Table.Columns.Where(column => column.NeedToShow)];
        Row(logger, columns.Select(column => column.Header));
        Row(logger, columns.Select(column => column.OriginalColumn.IsNumeric ? "---:" : "---"));
        for (int row = 0; row < summary.Table.FullContent.Length; row++)
        {
            Row(logger, columns.Select(column => column.Content[row]));
        }
    }

    private static void Row(ILogger logger, IEnumerable<string> cells) => logger.WriteLine($"| {string.Join(" | ", cells)} |");
}

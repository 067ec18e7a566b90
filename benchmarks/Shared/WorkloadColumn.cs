using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace ModelSdk.Benchmarking;

/// <summary>A figure that divides a case's mean time by its work, or compares it with the copy of the same run.</summary>
internal sealed class WorkloadColumn(string name, string legend, Func<BenchmarkCase, Workload> workload, Func<Workload, double, double, double> figure) : IColumn
{
    /// <summary>The parameter that names the case; those of the copies are limits of others.</summary>
    public const string CaseParameter = "Case";

    /// <summary>Makes the columns for cases with a <see cref="CaseParameter"/>.</summary>
    /// <param name="workload">Tells what a case goes through.</param>
    public static IColumnProvider For(Func<BenchmarkCase, Workload> workload) => new SimpleColumnProvider(
        new WorkloadColumn("ns/parameter", "Time of an element of the output", workload, (work, time, _) => time / work.Parameters),
        new WorkloadColumn("GB/s", "Every input and the output once, by the time", workload, (work, time, _) => work.Bytes / time),
        new WorkloadColumn("of copy", "Time of plain loads and stores of the same tensors, by the time", workload, (_, time, copy) => copy / time));

    public string Id => $"{nameof(WorkloadColumn)}.{name}";

    public string ColumnName => name;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => legend;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        Workload work = workload(benchmarkCase);
        BenchmarkCase? copy = summary.BenchmarksCases.FirstOrDefault(other => IsCase(other, work.Limit) && SameSize(other, benchmarkCase));
        double figured = figure(work, Mean(summary, benchmarkCase), copy is null ? double.NaN : Mean(summary, copy));
        return double.IsNaN(figured) ? "-" : figured.ToString("0.000", CultureInfo.InvariantCulture);
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => true;

    private static double Mean(Summary summary, BenchmarkCase benchmarkCase) => summary[benchmarkCase]?.ResultStatistics?.Mean ?? double.NaN;

    private static bool IsCase(BenchmarkCase benchmarkCase, string name) =>
        string.Equals(benchmarkCase.Parameters[CaseParameter] as string, name, StringComparison.Ordinal);

    private static bool SameSize(BenchmarkCase left, BenchmarkCase right) => left.Parameters.Items
        .Where(item => !string.Equals(item.Name, CaseParameter, StringComparison.Ordinal))
        .All(item => Equals(item.Value, right.Parameters[item.Name]));
}

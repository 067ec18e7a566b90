using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace ModelSdk.Benchmarking;

/// <summary>
/// A few iterations in this process: a class of many large cases ends in minutes, its cases share their tensors, and the table is narrow. The medians
/// of interleaved rounds that the repository claims come from the verbs; this tells what changed, and what is allocated.
/// </summary>
internal class ShortConfig : ManualConfig
{
    public ShortConfig()
        : this(DefaultColumnProviders.Descriptor)
    {
    }

    protected ShortConfig(params IColumnProvider[] columns)
    {
        Job job = Job.Default.WithToolchain(InProcessEmitToolchain.DontLogOutput).WithWarmupCount(1).WithEvaluateOverhead(false);
        AddJob(IsQuick
            ? job.WithId("Quick").WithIterationCount(1).WithInvocationCount(1).WithUnrollFactor(1)
            : job.WithId("Short").WithIterationCount(5).WithIterationTime(TimeInterval.FromMilliseconds(100)));
        SummaryStyle = SummaryStyle.Default.WithMaxParameterColumnWidth(48);
        AddDiagnoser(new MemoryDiagnoser(new MemoryDiagnoserConfig(displayGenColumns: false)));
        AddExporter(new CompactExporter());
        AddColumnProvider([.. columns, DefaultColumnProviders.Params, new SimpleColumnProvider(StatisticColumn.Mean, StatisticColumn.StdDev), DefaultColumnProviders.Metrics]);
    }

    /// <summary>Gets or sets whether one iteration on small tensors is enough: to see that everything runs.</summary>
    public static bool IsQuick { get; set; }
}

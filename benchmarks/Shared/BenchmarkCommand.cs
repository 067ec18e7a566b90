using System.Reflection;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace ModelSdk.Benchmarking;

/// <summary>BenchmarkDotNet's command line, and <c>--quick</c>: every class once on small tensors.</summary>
internal static class BenchmarkCommand
{
    private const string Quick = "--quick";

    /// <summary>Runs the classes of an assembly.</summary>
    /// <returns>0, or 1 when a case failed or none was chosen.</returns>
    public static int Run(Assembly assembly, string[] args)
    {
        ShortConfig.IsQuick = args.Contains(Quick, StringComparer.Ordinal);
        string[] others = [.. args.Where(argument => !string.Equals(argument, Quick, StringComparison.Ordinal))];
        // The classes say what is exported and shown; the default configuration would add to it.
        ManualConfig config = ManualConfig.CreateEmpty().AddLogger(ConsoleLogger.Default);
        Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(assembly).Run(ShortConfig.IsQuick && others.Length == 0 ? ["--filter", "*"] : others, config)];
        return summaries.Length > 0 && summaries.All(summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success)) ? 0 : 1;
    }
}

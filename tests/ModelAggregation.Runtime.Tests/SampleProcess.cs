using System.Diagnostics;

namespace ModelAggregation.Runtime.Tests;

/// <summary>The sample of Model-GLUE as a process of its own.</summary>
internal static class SampleProcess
{
    /// <summary>Runs it to its end.</summary>
    public static (int Code, string Output) Run(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    /// <summary>Kills it as soon as it has said so many times that it is at a stage.</summary>
    /// <returns>Whether it came so far.</returns>
    public static bool Kill(string stage, int times, params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        while (times > 0 && process.StandardOutput.ReadLine() is { } line)
        {
            times -= line.Contains($"{stage} ", StringComparison.Ordinal) ? 1 : 0;
        }

        process.Kill();
        process.WaitForExit();
        _ = errors.Result;
        return times == 0;
    }

    private static Process Start(string[] arguments)
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "ModelGlue.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }
}

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

    /// <summary>Kills it as soon as it has said so many lines.</summary>
    /// <returns>Whether it was still running.</returns>
    public static bool Kill(int afterLines, params string[] arguments)
    {
        using Process process = Start(arguments);
        _ = process.StandardError.ReadToEndAsync();
        for (int line = 0; line < afterLines; line++)
        {
            if (process.StandardOutput.ReadLine() is null)
            {
                process.WaitForExit();
                return false;
            }
        }

        process.Kill();
        process.WaitForExit();
        return true;
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

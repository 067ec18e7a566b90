using System.Diagnostics;

namespace ModelAggregation.Tool.Tests;

/// <summary>Runs the tool as a user does, and finds the models to run it on.</summary>
internal static class ToolProcess
{
    public static string Samples { get; } = FindSamples();

    public static (int Code, string Output, string Error) Run(params string[] args) => Run(args, []);

    public static (int Code, string Output, string Error) Run(string[] args, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        string tool = Path.Combine(AppContext.BaseDirectory, "ModelAggregation.Tool.dll");
        ProcessStartInfo start = new("dotnet", [tool, .. args])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    private static string FindSamples()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (!Directory.Exists(Path.Combine(folder!.FullName, "samples", "models")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder.FullName, "samples");
    }
}

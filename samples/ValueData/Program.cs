using System.CommandLine;
using Spectre.Console;
using ValueData;

// A pipe has no width of its own.
if (Console.IsOutputRedirected)
{
    AnsiConsole.Profile.Width = 160;
}

// Without arguments: a labelled set with a fifth of its labels flipped. With some: a command line for your own data.
if (args is [] or ["--quick"])
{
    await Demonstration.RunAsync(isQuick: args.Length > 0);
    return 0;
}

RootCommand root = new("Values training data, and keeps the part of an instruction set that is worth it.")
{
    KnnCommand.Create(),
    ValueCommand.Create(),
    RefineCommand.Create(),
    ReportCommand.Create(),
};
ParseResult result = root.Parse(args);
if (result.Errors.Count > 0)
{
    Console.Error.WriteLine($"{string.Join(' ', result.Errors.Select(error => error.Message))} Try --help.");
    return 1;
}

return await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

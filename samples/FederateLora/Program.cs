using System.CommandLine;
using FederateLora;
using Spectre.Console;

// A pipe has no width of its own.
if (Console.IsOutputRedirected)
{
    AnsiConsole.Profile.Width = 160;
}

// Without arguments: ten trained clients, five methods. With some: a command line for your own adapters.
if (args is [] or ["--quick"])
{
    Demonstration.Run();
    return 0;
}

RootCommand root = new("Aggregates LoRA adapters of many clients, and looks at adapters, resizes and adds them.")
{
    AggregateCommand.Create(),
    InspectCommand.Create(),
    ResizeCommand.Create(),
    AddWeightedCommand.Create(),
};
ParseResult result = root.Parse(args);
if (result.Errors.Count > 0)
{
    Console.Error.WriteLine($"{string.Join(' ', result.Errors.Select(error => error.Message))} Try --help.");
    return 1;
}

return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

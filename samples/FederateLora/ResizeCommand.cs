using System.CommandLine;
using System.Globalization;
using LoraFederation.Combining;
using LoraFederation.LowRank;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;
using Spectre.Console;

namespace FederateLora;

/// <summary>The verb <c>resize</c>: the best approximation of an adapter of another rank.</summary>
internal static class ResizeCommand
{
    private static readonly Argument<string> Folder = new("adapter") { Description = "The adapter's folder, as PEFT writes it." };
    private static readonly Option<int?> Rank = Verb.Rank("--rank", "The greatest rank of a module.");
    private static readonly Option<double?> Energy = Verb.Energy();
    private static readonly Option<string> Output = Verb.Output();
    private static readonly Option<ModelTensors.DataType?> Type = Verb.Type();
    private static readonly Option<bool> Overwrite = Verb.Overwrite();

    public static Command Create()
    {
        Command command = new("resize", "Gives an adapter's modules lower ranks, each the best approximation of its product.") { Folder, Rank, Energy, Output, Type, Overwrite };
        command.Validators.Add(result =>
        {
            if (result.GetResult(Rank) is null && result.GetResult(Energy) is null)
            {
                result.AddError("Say what to keep: --rank, --energy, or both.");
            }
        });
        command.Runs(Resize);
        return command;
    }

    private static void Resize(ParseResult parsed, CancellationToken cancellationToken)
    {
        LoraAdapterWriter.CheckOutput(parsed.GetRequiredValue(Output), parsed.GetValue(Overwrite));
        TruncationOptions options = new() { MaximumRank = parsed.GetValue(Rank) ?? int.MaxValue, Energy = parsed.GetValue(Energy) ?? 1 };
        using CpuDevice device = new();
        using LoraAdapter adapter = LoraAdapter.Open(parsed.GetRequiredValue(Folder));
        ResizedAdapter resized = AdapterResizing.Resize(adapter, options, device, parsed.GetValue(Type), cancellationToken);
        Table table = new Table().Border(TableBorder.Simple).AddColumns("module", "rank", "was", "left out");
        foreach (ResizedModule module in resized.Modules)
        {
            table.AddRow(
                module.Path.EscapeMarkup(),
                module.Rank.ToString(CultureInfo.InvariantCulture),
                module.OldRank.ToString(CultureInfo.InvariantCulture),
                module.RelativeError.ToString("P2", CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);
        Verb.Save(resized.Adapter, parsed.GetRequiredValue(Output), parsed.GetValue(Overwrite), device, cancellationToken);
    }
}

using System.CommandLine;
using System.Globalization;
using LoraFederation.LowRank;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;
using Spectre.Console;

namespace FederateLora;

/// <summary>The verb <c>inspect</c>: what an adapter changes, and by how much.</summary>
internal static class InspectCommand
{
    private static readonly Argument<string> Folder = new("adapter") { Description = "The adapter's folder, as PEFT writes it." };

    public static Command Create()
    {
        Command command = new("inspect", "Lists an adapter's modules: ranks, scalings, norms of their products, and how many components hold 99 % of each.") { Folder };
        command.Runs(Inspect);
        return command;
    }

    private static void Inspect(ParseResult parsed, CancellationToken cancellationToken)
    {
        using CpuDevice device = new();
        using LoraAdapter adapter = LoraAdapter.Open(parsed.GetRequiredValue(Folder));
        Table table = new Table().Border(TableBorder.Simple).AddColumns("module", "kind", "update", "rank", "scaling", "type", "norm", "rank of 99 %");
        foreach (LoraModule module in adapter.Modules)
        {
            using LowRankSum sum = new([new LowRankTerm(module, module.Scaling)]);
            IReadOnlyList<double> values = TruncatedSvd.Spectrum(sum, device, cancellationToken: cancellationToken);
            double energy = values.Sum(value => value * value);
            double kept = 0;
            int enough = values.TakeWhile(value => kept < 0.99 * energy && (kept += value * value) >= 0).Count();
            table.AddRow(
                module.Path.EscapeMarkup(),
                module.Kind.ToString().ToLowerInvariant(),
                module.UpdateShape.ToString().EscapeMarkup(),
                module.Rank.ToString(CultureInfo.InvariantCulture),
                module.Scaling.ToString("G4", CultureInfo.InvariantCulture),
                module.A.DataType.ToString(),
                Math.Sqrt(energy).ToString("G4", CultureInfo.InvariantCulture),
                enough.ToString(CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);
        foreach (string name in adapter.WholeTensors.Keys)
        {
            Console.WriteLine($"replaces {name}");
        }

        Console.WriteLine($"base model: {adapter.Config.BaseModel ?? "not named"}; {adapter.Modules.Count} modules, {Verb.Size(adapter.Modules.Sum(module => module.A.ByteLength + module.B.ByteLength))}");
    }
}

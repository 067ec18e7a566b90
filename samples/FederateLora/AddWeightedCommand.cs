using System.CommandLine;
using System.Globalization;
using LoraFederation.Aggregators.Peft;
using LoraFederation.Combining;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace FederateLora;

/// <summary>The verb <c>add-weighted</c>: PEFT's <c>add_weighted_adapter</c>.</summary>
internal static class AddWeightedCommand
{
    private static readonly Dictionary<string, CombinationType> Types = Enum.GetValues<CombinationType>().ToDictionary(Word, StringComparer.Ordinal);

    private static readonly Option<string[]> Adapter = new("--adapter")
    {
        Description = "An adapter's folder and its weight, as in ./math:0.7; the weight is 1 where none is given. Several times.",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string> Type = new("--type")
    {
        Description = $"{string.Join(", ", Types.Keys)}. cat is exact.",
        DefaultValueFactory = _ => Word(CombinationType.Cat),
    };

    private static readonly Option<double> Density = new("--density") { Description = "The share of elements that ties, dare and magnitude_prune keep.", DefaultValueFactory = _ => 0.5 };
    private static readonly Option<string> Majority = new("--majority-sign") { Description = "total or frequency.", DefaultValueFactory = _ => "total" };
    private static readonly Option<int?> Rank = Verb.Rank("--rank", "The rank of the result, for the types with svd; the greatest of the adapters by default.");
    private static readonly Option<ulong> Seed = new("--seed") { Description = "The seed of dare." };
    private static readonly Option<string> Output = Verb.Output();
    private static readonly Option<ModelTensors.DataType?> DataType = Verb.Type();
    private static readonly Option<bool> Overwrite = Verb.Overwrite();

    public static Command Create()
    {
        Command command = new("add-weighted", "Makes one adapter of several with weights of any sign, as PEFT's add_weighted_adapter.")
        {
            Adapter, Type, Density, Majority, Rank, Seed, Output, DataType, Overwrite,
        };
        Type.AcceptOnlyFromAmong([.. Types.Keys]);
        Majority.AcceptOnlyFromAmong("total", "frequency");
        command.Runs(Combine);
        return command;
    }

    private static void Combine(ParseResult parsed, CancellationToken cancellationToken)
    {
        LoraAdapterWriter.CheckOutput(parsed.GetRequiredValue(Output), parsed.GetValue(Overwrite));
        CombinationOptions options = new()
        {
            Type = Types[parsed.GetRequiredValue(Type)],
            Density = parsed.GetValue(Density),
            MajoritySign = parsed.GetValue(Majority) is "frequency" ? MajoritySign.Frequency : MajoritySign.Total,
            SvdRank = parsed.GetValue(Rank),
            Seed = parsed.GetValue(Seed),
            OutputType = parsed.GetValue(DataType),
        };
        using CpuDevice device = new();
        List<LoraAdapter> open = [];
        try
        {
            List<WeightedAdapter> adapters = [];
            foreach ((string folder, string? weight) in parsed.GetRequiredValue(Adapter).Select(Verb.Split))
            {
                open.Add(LoraAdapter.Open(folder));
                adapters.Add(new WeightedAdapter(open[^1], weight is null ? 1 : double.Parse(weight, CultureInfo.InvariantCulture)));
            }

            Verb.Save(AdapterCombination.Combine(adapters, options, device, cancellationToken), parsed.GetRequiredValue(Output), parsed.GetValue(Overwrite), device, cancellationToken);
        }
        finally
        {
            open.ForEach(adapter => adapter.Dispose());
        }
    }

    // DareLinearSvd -> dare_linear_svd.
    private static string Word(CombinationType type) =>
        string.Concat(type.ToString().Select((letter, index) => char.IsUpper(letter) && index > 0 ? $"_{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));
}

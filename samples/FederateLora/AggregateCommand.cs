using System.CommandLine;
using System.Globalization;
using LoraFederation;
using LoraFederation.Aggregators;
using LoraFederation.Ranks;
using LoraFederation.Weighting;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace FederateLora;

/// <summary>The verb <c>aggregate</c>: one adapter of many clients'.</summary>
internal static class AggregateCommand
{
    private static readonly LoraAggregatorRegistry Methods = LoraAggregatorRegistry.CreateDefault();

    private static readonly Option<string> Method = new("--method")
    {
        Description = string.Join(", ", Methods.Aggregators.Select(aggregator => aggregator.Name)),
        DefaultValueFactory = _ => AggregationRecipe.Flora.Aggregator.Name,
    };

    private static readonly Option<string[]> Client = new("--client")
    {
        Description = "A client's adapter and the number of examples it was trained on, as in ./clinic:1200. Several times.",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string> Output = Verb.Output();
    private static readonly Option<int?> Rank = Verb.Rank("--rank", "Keep at most so many components of each module.");
    private static readonly Option<double?> Energy = Verb.Energy();
    private static readonly Option<int?> Serving = Verb.Rank("--serving-rank", "Keep what fits a vLLM server of this max_lora_rank, and pad to a legal rank.");
    private static readonly Option<string> Weights = new("--weights") { Description = "examples or uniform.", DefaultValueFactory = _ => "examples" };
    private static readonly Option<MissingModulePolicy> Missing = new("--missing") { Description = "What a module counts for that a client lacks: TreatAsZero, RenormalizePresent or Fail." };
    private static readonly Option<WeightPlacement> Placement = new("--weights-on") { Description = "The factor that takes weights and scalings in flora: OnA, OnB or Balanced." };
    private static readonly Option<string?> Base = new("--base") { Description = "The base model, to merge into." };
    private static readonly Option<string?> MergeInto = new("--merge-into") { Description = "The folder for the base model with the aggregate merged into it." };
    private static readonly Option<ModelTensors.DataType?> Type = Verb.Type();
    private static readonly Option<bool> Overwrite = Verb.Overwrite();

    public static Command Create()
    {
        Command command = new("aggregate", "Aggregates the adapters of many clients, and says how exact the result is.")
        {
            Method, Client, Output, Rank, Energy, Serving, Weights, Missing, Placement, Base, MergeInto, Type, Overwrite,
        };
        Method.AcceptOnlyFromAmong([.. Methods.Aggregators.Select(aggregator => aggregator.Name)]);
        Weights.AcceptOnlyFromAmong("examples", "uniform");
        command.Validators.Add(result =>
        {
            if ((result.GetResult(Base) is null) != (result.GetResult(MergeInto) is null))
            {
                result.AddError("--base and --merge-into belong together.");
            }

            if (result.GetResult(Serving) is not null && result.GetResult(Rank) is not null)
            {
                result.AddError("--rank and --serving-rank are two answers to one question.");
            }
        });
        command.Runs(Aggregate);
        return command;
    }

    private static void Aggregate(ParseResult parsed, CancellationToken cancellationToken)
    {
        bool overwrite = parsed.GetValue(Overwrite);
        LoraAdapterWriter.CheckOutput(parsed.GetRequiredValue(Output), overwrite);
        (LoraAggregator method, RankPolicy? ranks) = Choose(
            parsed.GetRequiredValue(Method), parsed.GetValue(Rank), parsed.GetValue(Energy), parsed.GetValue(Serving));
        AggregationRecipe recipe = new(method)
        {
            Weights = parsed.GetRequiredValue(Weights) is "uniform" ? ClientWeighting.Uniform : ClientWeighting.Examples,
            Missing = parsed.GetValue(Missing),
            Placement = parsed.GetValue(Placement),
            OutputType = parsed.GetValue(Type),
            Ranks = ranks,
            MeasuresError = true,
        };
        using CpuDevice device = new();
        using Clients clients = Clients.Open(parsed.GetRequiredValue(Client));
        AggregationResult result = new LoraFederator(device).Aggregate(recipe, clients.Updates, cancellationToken: cancellationToken);
        foreach ((string client, double weight) in result.Weights)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{client}: weight {weight:0.####}"));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{method.Name}: distance from the exact sum at most {result.Modules.Max(module => module.RelativeError):0.0e+0} of a module's norm"));
        result.Save(parsed.GetRequiredValue(Output), overwrite, cancellationToken);
        Verb.Say(result.Adapter, parsed.GetRequiredValue(Output));
        if (result.Residual is { } residual)
        {
            string folder = Path.Combine(parsed.GetRequiredValue(Output), "residual");
            result.Save(residual, folder, overwrite, cancellationToken);
            Verb.Say(residual, folder);
        }

        if (parsed.GetValue(MergeInto) is { } merged)
        {
            string[] adapters = [parsed.GetRequiredValue(Output), .. result.Residual is null ? [] : new[] { Path.Combine(parsed.GetRequiredValue(Output), "residual") }];
            AdapterMergeReport report = new AdapterMerger().Merge(
                parsed.GetRequiredValue(Base)!, adapters, merged, new AdapterMergeOptions { Overwrite = overwrite }, cancellationToken: cancellationToken);
            Console.WriteLine($"{report.AdaptedTensorCount} of {report.TensorCount} tensors changed -> {report.Folder}");
        }
    }

    // What FLoRIST keeps is its own setting; every other method's result is cut by a policy.
    private static (LoraAggregator Method, RankPolicy? Ranks) Choose(string name, int? rank, double? energy, int? serving) =>
        !Methods.TryGet(name, out LoraAggregator? method) ? throw new ArgumentException($"There is no method '{name}'.")
        : method is FloristAggregator florist ? (new FloristAggregator { Energy = energy ?? florist.Energy, Rank = rank }, Policy(null, null, serving))
        : (method, Policy(rank, energy, serving));

    private static RankPolicy? Policy(int? rank, double? energy, int? serving)
    {
        RankPolicy? wanted = energy is { } share ? new EnergyThreshold(share) { MaximumRank = rank ?? int.MaxValue } : rank is { } most ? new FixedRank(most) : null;
        return serving is not { } legal ? wanted : wanted is null ? new ServingRank(legal) : new ServingRank(legal) { Within = wanted };
    }
}

using System.CommandLine;
using DataShapley;
using DataShapley.Clustering;
using DataShapley.Datasets;
using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Refinement;
using ModelTensors.Devices.Cpu;
using RunKit;

namespace ValueData;

/// <summary>The verb <c>refine</c>: SHED.</summary>
internal static class RefineCommand
{
    private static readonly Option<string> Data = Verb.Required("--data", "The records: JSON, JSONL or CSV, also gzip of them.");
    private static readonly Option<int> Clusters = Verb.RequiredCount("--clusters", "How many clusters, each with one proxy that is valued.");
    private static readonly Option<int> Keep = Verb.RequiredCount("--keep", "How many records to keep.");
    private static readonly Option<string> Sampler = new("--sampler") { Description = "qocs (whole clusters by value), qwcs (drawn by value) or random; qocs by default.", DefaultValueFactory = _ => "qocs" };
    private static readonly Option<double> Strength = new("--f") { Description = "How much the value decides in qwcs: 0 is uniform; 1 by default.", DefaultValueFactory = _ => 1 };
    private static readonly Option<string?> Utility = new("--utility-command") { Description = "A command that trains on the records in {data} and prints one number, such as \"python tune.py --data {data} --seed {seed}\". Not needed for random." };
    private static readonly Option<int> Group = Verb.Count("--group", "How many proxies leave at once", 1);
    private static readonly Option<int> Iterations = Verb.Count("--iterations", "How often all of them leave", 10);
    private static readonly Option<double?> Empty = new("--empty") { Description = "The score of a model trained on nothing; the command is asked otherwise." };
    private static readonly Option<string?> Work = new("--work") { Description = "The folder of what a later run goes on from; OUT.shed by default." };
    private static readonly Option<int> Workers = Verb.Count("--workers", "How many commands run at once", 1);
    private static readonly Option<ulong> Seed = Verb.Seed();
    private static readonly Option<string> Output = Verb.Output("The records that are kept, each with the bytes it has in the data");

    public static Command Create()
    {
        Command command = new("refine", "Keeps the records of an instruction set that are worth training on (SHED).")
        {
            Data, Clusters, Keep, Sampler, Strength, Utility, Group, Iterations, Empty, Work, Workers, Seed, Output,
        };
        Sampler.AcceptOnlyFromAmong("qocs", "qwcs", "random");
        command.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValue(Sampler) is not "random" && result.GetValue(Utility) is null)
            {
                result.AddError($"--sampler {result.GetValue(Sampler)} chooses by value: give a --utility-command, or take --sampler random.");
            }
        });
        command.Runs(RunAsync);
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string output = parsed.GetRequiredValue(Output);
        ulong seed = parsed.GetValue(Seed);
        using Dataset data = await Dataset.IndexAsync(parsed.GetRequiredValue(Data), cancellationToken: cancellationToken);
        using CpuDevice device = new();
        ShedOptions options = new()
        {
            Clustering = new KMeansOptions { Clusters = parsed.GetValue(Clusters), Seed = seed },
            Sampler = parsed.GetRequiredValue(Sampler) switch
            {
                "qwcs" => new QualityWeightedSampler { Strength = parsed.GetValue(Strength) },
                "random" => new RandomSampler(),
                _ => new QualityOrderedSampler(),
            },
            Valuation = new ValuationRecipe(new GroupRemovalEstimator { GroupSize = parsed.GetValue(Group), Iterations = parsed.GetValue(Iterations), Centre = parsed.GetValue(Iterations) > 1 })
            {
                Seed = seed,
                Evaluation = new EvaluationOptions { Workers = parsed.GetValue(Workers), EmptyValue = parsed.GetValue(Empty) },
            },
            Count = parsed.GetValue(Keep),
            Seed = seed,
        };
        ShedPipeline pipeline = new(data, parsed.GetValue(Work) ?? $"{output}.shed", device, options);
        RecordClusters clusters = await pipeline.ClusterAsync(new HashedTfIdfEmbedder(), cancellationToken: cancellationToken);
        Console.WriteLine($"{data.Count} records in {clusters.Proxies.Count} clusters.");

        ValuationResult values = parsed.GetValue(Utility) is { } command
            ? await ScoreAsync(pipeline, await ExternalDatasetUtility.CreateAsync(data, clusters.Proxies, CommandTemplate.Parse(command), cancellationToken: cancellationToken), cancellationToken)
            : new ValuationResult(new double[clusters.Proxies.Count], new double[clusters.Proxies.Count], new long[clusters.Proxies.Count]);
        IReadOnlyList<int> kept = await pipeline.SampleAsync(clusters, values, output, cancellationToken);
        Console.WriteLine($"{kept.Count} records kept -> {Path.GetFullPath(output)}");
    }

    private static async Task<ValuationResult> ScoreAsync(ShedPipeline pipeline, IUtility utility, CancellationToken cancellationToken)
    {
        ValuationResult values = await Verb.WithProgressAsync("score", progress => pipeline.ScoreAsync(utility, progress, cancellationToken));
        Console.WriteLine($"{values.Evaluations} evaluations, {values.EvaluationCounts.Evaluated} of them by the command -> {pipeline.ValuesPath}");
        return values;
    }
}

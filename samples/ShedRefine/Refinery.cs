using DataShapley;
using DataShapley.Clustering;
using DataShapley.Datasets;
using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Refinement;
using DataShapley.Runtime;
using ModelRuntime.Decoders;
using ModelRuntime.Encoders;
using ModelRuntime.Tasks;
using ModelRuntime.Training;
using ModelTensors.Devices.Cpu;

namespace ShedRefine;

/// <summary>SHED on one set: clusters, and the values of their proxies in each way. What is in the folder already is taken from there.</summary>
internal sealed class Refinery(StudySettings settings, Learner learner, string folder, int seed)
{
    // The answer belongs to what a record is: without it, right and wrong answers to a question would be the same.
    private static readonly RecordTemplate Whole = new("{prompt}{answer}");

    public async Task<(RecordClusters Clusters, IReadOnlyDictionary<string, ValuationResult> Values)> RunAsync(
        InstructionSet set, IReadOnlyList<TaskExample> validation, IProgress<string> progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, "instructions.jsonl");
        TaskFile.Save(file, set.Records);
        using Dataset dataset = await Dataset.IndexAsync(file, cancellationToken: cancellationToken);
        using CpuDevice device = new();
        progress.Report("clustering");
        RecordClusters clusters = await ClusterAsync(dataset, device, cancellationToken);

        // One utility and one journal for all: SHED and its centred form ask for the same coalitions, which are trained once.
        using FineTuneUtility utility = FineTuneUtility.Open(
            learner.PathOf(Learner.Base),
            [.. clusters.Proxies.Select(proxy => Learner.Example(set.Records[proxy]))],
            [.. validation.Select(Learner.Example)],
            new FineTuneOptions { Training = settings.ProxyTraining with { Seed = (ulong)seed }, Lora = settings.Lora });
        Dictionary<string, ValuationResult> values = new(StringComparer.Ordinal);
        foreach (string method in Methods.Valued)
        {
            ShedPipeline pipeline = Pipeline(dataset, device, method, EstimatorOf(method, clusters.Proxies.Count));
            values[method] = await pipeline.ScoreAsync(utility, new Told(progress, $"valuing by {method}"), cancellationToken);
        }

        return (clusters, values);
    }

    private async Task<RecordClusters> ClusterAsync(Dataset dataset, CpuDevice device, CancellationToken cancellationToken)
    {
        using DecoderModel model = DecoderModel.Load(learner.PathOf(Learner.Base));

        // The mean of the embeddings of a record's characters; the states of later layers tell these texts apart less well.
        using DecoderEmbeddingGenerator embedder = new(model, Learner.Tokenizer, new DecoderEmbeddingOptions { LayersFromLast = model.Config.LayerCount });
        return await Pipeline(dataset, device, "clusters", new FixedSizeMsrEstimator()).ClusterAsync(embedder, cancellationToken: cancellationToken);
    }

    private Estimator EstimatorOf(string method, int players)
    {
        // Two evaluations for the ends, then one less than there are groups for each iteration.
        int steps = ((players + settings.GroupSize - 1) / settings.GroupSize) - 1;
        GroupRemovalEstimator shed = new() { GroupSize = settings.GroupSize, Iterations = Math.Max(2, (settings.Evaluations - 2) / steps) };
        return method switch
        {
            Methods.Shed => shed,
            Methods.Centred => shed with { Centre = true },
            _ => new FixedSizeMsrEstimator(),
        };
    }

    private ShedPipeline Pipeline(Dataset dataset, CpuDevice device, string stage, Estimator estimator) => new(dataset, Path.Combine(folder, stage), device, new ShedOptions
    {
        Template = Whole,
        Clustering = new KMeansOptions { Clusters = settings.Clusters, Seed = (ulong)seed },
        Valuation = new ValuationRecipe(estimator)
        {
            Budget = settings.Evaluations,
            Seed = (ulong)seed,
            Evaluation = new EvaluationOptions { JournalPath = Path.Combine(folder, "evaluations.jsonl") },
        },
    });

    private sealed class Told(IProgress<string> progress, string what) : IProgress<ValuationProgress>
    {
        public void Report(ValuationProgress value) => progress.Report($"{what}: {value.Evaluations} evaluations, {value.EvaluationsPerSecond:0.0}/s");
    }
}

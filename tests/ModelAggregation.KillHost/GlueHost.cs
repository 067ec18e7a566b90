using ModelAggregation.Evaluation;
using ModelAggregation.Glue;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.KillHost;

/// <summary>Carries a pipeline out whose models are a few numbers, and writes a line whenever something of it is done.</summary>
internal static class GlueHost
{
    private const string Tensor = "model.layers.0.mlp.up_proj.weight";

    public static async Task<int> RunAsync(string recipe)
    {
        ModelGlue glue = new(new GlueServices { Proxy = new Nearness("proxy", 1), HoldOut = new Nearness("held", 1.1f) });
        GlueResult result = await glue.RunAsync(GlueRecipe.Load(recipe), new Teller());
        Console.WriteLine($"evaluated {result.Evaluated}");
        return 0;
    }

    private sealed class Teller : IProgress<GlueProgress>
    {
        private int _count;

        public void Report(GlueProgress value) => Console.WriteLine($"done {Interlocked.Increment(ref _count)} {value.Stage}");
    }

    /// <summary>Minus the squared distances from a number, an example each.</summary>
    private sealed class Nearness(string id, float target) : IModelEvaluator
    {
        public string Id => id;

        public IReadOnlyList<TaskInfo> Tasks { get; } = [new TaskInfo("near", "minus squared distance") { Examples = [.. Enumerable.Range(0, 4).Select(index => $"{id} {index}")] }];

        public ValueTask<EvaluationResult> EvaluateAsync(ModelCandidate candidate, CancellationToken cancellationToken = default)
        {
            Console.WriteLine("asked");
            using TensorSet tensors = candidate.OpenTensors();
            TensorSource source = tensors.TryGet(Tensor, out TensorSource? found) ? found : throw new EvaluationException(EvaluationError.Failed, "The model has no numbers.");
            byte[] bytes = new byte[4 * sizeof(float)];
            source.Read(0, bytes);
            ExampleOutcome[] outcomes = [.. Enumerable.Range(0, 4).Select(index => new ExampleOutcome($"{id} {index}", -Math.Pow(BitConverter.ToSingle(bytes, index * sizeof(float)) - target, 2)))];
            return ValueTask.FromResult(new EvaluationResult(candidate.Name, [TaskScore.OfMean(Tasks[0], outcomes)]));
        }
    }
}

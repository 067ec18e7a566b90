using ModelAggregation.Evaluation;
using ModelAggregation.Glue;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.KillHost;

/// <summary>Carries a pipeline out whose models are a few numbers, and writes a line whenever something of it is done, or begun.</summary>
internal static class GlueHost
{
    // Of a mixture, its first expert's.
    private static readonly string[] Tensors = ["model.layers.0.mlp.up_proj.weight", "model.layers.0.block_sparse_moe.experts.0.w3.weight"];

    private static readonly Lock Gate = new();
    private static int _last;
    private static int _lines;

    /// <summary>Runs, and stands still at a line until it is killed, or whoever started it is gone.</summary>
    public static async Task<int> RunAsync(string recipe, int last)
    {
        _last = last;
        ModelGlue glue = new(new GlueServices { Proxy = new Nearness("proxy", 1), HoldOut = new Nearness("held", 1.1f) });
        GlueResult result = await glue.RunAsync(GlueRecipe.Load(recipe), new Teller());
        Tell($"evaluated {result.Evaluated}");
        return 0;
    }

    private static void Tell(string line)
    {
        lock (Gate)
        {
            Console.WriteLine(line);
            if (++_lines == _last)
            {
                Console.ReadLine();
            }
        }
    }

    private sealed class Teller : IProgress<GlueProgress>
    {
        private int _count;

        public void Report(GlueProgress value) => Tell($"done {Interlocked.Increment(ref _count)} {value.Stage}");
    }

    /// <summary>Minus the squared distances from a number, an example each.</summary>
    private sealed class Nearness(string id, float target) : IModelEvaluator
    {
        public string Id => id;

        public IReadOnlyList<TaskInfo> Tasks { get; } = [new TaskInfo("near", "minus squared distance") { Examples = [.. Enumerable.Range(0, 4).Select(index => $"{id} {index}")] }];

        public ValueTask<EvaluationResult> EvaluateAsync(ModelCandidate candidate, CancellationToken cancellationToken = default)
        {
            Tell("asked");
            using TensorSet tensors = candidate.OpenTensors();
            TensorSource source = Find(tensors) ?? throw new EvaluationException(EvaluationError.Failed, "The model has no numbers.");
            byte[] bytes = new byte[4 * sizeof(float)];
            source.Read(0, bytes);
            ExampleOutcome[] outcomes = [.. Enumerable.Range(0, 4).Select(index => new ExampleOutcome($"{id} {index}", -Math.Pow(BitConverter.ToSingle(bytes, index * sizeof(float)) - target, 2)))];
            return ValueTask.FromResult(new EvaluationResult(candidate.Name, [TaskScore.OfMean(Tasks[0], outcomes)]));
        }

        private static TensorSource? Find(TensorSet tensors) => Tensors.Select(name => tensors.TryGet(name, out TensorSource? found) ? found : null).FirstOrDefault(found => found is not null);
    }
}

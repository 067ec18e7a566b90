using ModelAggregation.Evaluation;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Search;

/// <summary>Scores models of several tensors of one element each: best where every element is a half.</summary>
internal sealed class LayeredEvaluator(string[] tensors) : IModelEvaluator
{
    public const string Embedding = "model.embed_tokens.weight";
    public const string Norm = "model.norm.weight";

    private readonly List<float[]> _seen = [];

    public string Id => "layered";

    public IReadOnlyList<TaskInfo> Tasks { get; } = [new TaskInfo("half", "minus squared distance")];

    /// <summary>Gets the elements of what was scored, in the order of asking.</summary>
    public IReadOnlyList<float[]> Seen => _seen;

    public static string Layer(int index) => $"model.layers.{index}.mlp.up_proj.weight";

    public ValueTask<EvaluationResult> EvaluateAsync(ModelCandidate candidate, CancellationToken cancellationToken = default)
    {
        using TensorSet model = candidate.OpenTensors();
        float[] values = [.. tensors.Select(name => TensorBytes.Singles(model, name)[0])];
        _seen.Add(values);
        return ValueTask.FromResult(new EvaluationResult(candidate.Name, [new TaskScore(Tasks[0], -values.Sum(value => Math.Pow(value - 0.5, 2)))]));
    }
}

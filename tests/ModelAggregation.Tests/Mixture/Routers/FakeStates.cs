using ModelAggregation.Evaluation;

namespace ModelAggregation.Tests.Mixture.Routers;

/// <summary>A source of hidden states that a test makes up; it counts what it is asked.</summary>
internal sealed class FakeStates(int layerCount, int hiddenSize, Func<string, PromptStates> read) : IHiddenStateSource
{
    public List<string> Asked { get; } = [];

    public int Disposals { get; private set; }

    public int LayerCount => layerCount;

    public int HiddenSize => hiddenSize;

    /// <summary>States that a hash of the prompt decides on, all different.</summary>
    public static FakeStates Hashed(int layerCount, int hiddenSize, bool hasFeedForward = true) => new(layerCount, hiddenSize, prompt =>
    {
        Random random = new(prompt.Aggregate(17, (hash, c) => unchecked((hash * 31) + c)));
        return new PromptStates(
            prompt.Length + 1,
            hiddenSize,
            Numbers(layerCount * hiddenSize),
            Numbers(layerCount * hiddenSize),
            Numbers(hiddenSize),
            hasFeedForward ? Numbers(layerCount * hiddenSize) : null,
            hasFeedForward ? Numbers(layerCount * hiddenSize) : null);

        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    });

    public ValueTask<IReadOnlyList<PromptStates>> ReadAsync(IReadOnlyList<string> prompts, CancellationToken cancellationToken = default)
    {
        Asked.AddRange(prompts);
        return ValueTask.FromResult<IReadOnlyList<PromptStates>>([.. prompts.Select(read)]);
    }

    public ValueTask DisposeAsync()
    {
        Disposals++;
        return ValueTask.CompletedTask;
    }
}

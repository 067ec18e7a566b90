using ModelRuntime.Decoders;
using ModelRuntime.Kernels;

namespace ModelRuntime.Generation;

/// <summary>Lets a decoder go on with prompts, all of them at once.</summary>
public static class TextGenerator
{
    /// <summary>Generates tokens.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">The prompts; at least one, each with at least one token.</param>
    /// <param name="options">How; greedy when null.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    /// <returns>One sequence for each prompt.</returns>
    /// <exception cref="RuntimeException">The model gives logits that are not numbers (<see cref="RuntimeError.NotFinite"/>).</exception>
    public static IReadOnlyList<GeneratedSequence> Generate(
        DecoderModel model, IReadOnlyList<ReadOnlyMemory<int>> prompts, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentOutOfRangeException.ThrowIfZero(prompts.Count);
        options ??= new GenerationOptions();
        TokenSampler sampler = new(options);
        IReadOnlyList<int> endTokens = options.EndTokens ?? model.Config.EndTokens;
        State[] states = [.. prompts.Select((_, i) => new State(i))];
        using KeyValueCache cache = model.CreateCache(prompts.Count);
        List<State> active = [.. states];
        TokenBatch batch = TokenBatch.Of(prompts);
        for (int step = 0; step < options.MaxNewTokens && active.Count > 0; step++)
        {
            ForwardOptions forward = new()
            {
                Cache = cache,
                CacheSequences = [.. active.Select(state => state.Prompt)],
                LogitRows = [.. Enumerable.Range(0, active.Count).Select(sequence => batch.StartOf(sequence + 1) - 1)],
            };
            using DecoderOutput output = model.Forward(batch, forward, cancellationToken);
            for (int i = 0; i < active.Count; i++)
            {
                ReadOnlySpan<float> logits = output.Logits.AsSpan<float>((long)i * model.Config.VocabularySize, model.Config.VocabularySize);
                State state = active[i];
                int token = sampler.Choose(logits, state.Prompt, step);
                double logLikelihood = logits[token] - RowPasses.LogSum(logits);
                if (double.IsNaN(logLikelihood))
                {
                    throw new RuntimeException(RuntimeError.NotFinite, $"The model's logits after {step} tokens of prompt {state.Prompt} are not numbers: its weights are damaged, or too large for float.");
                }

                state.Tokens.Add(token);
                state.LogLikelihood += logLikelihood;
                state.IsFinished = endTokens.Contains(token) || options.EndsWhen?.Invoke(state.Tokens) == true;
            }

            active.RemoveAll(state => state.IsFinished);
            if (active.Count > 0)
            {
                batch = TokenBatch.Of([.. active.Select(state => (ReadOnlyMemory<int>)new[] { state.Tokens[^1] })]);
            }
        }

        return [.. states.Select(state => new GeneratedSequence(state.Tokens, state.IsFinished, state.LogLikelihood))];
    }

    private sealed class State(int prompt)
    {
        public int Prompt { get; } = prompt;

        public List<int> Tokens { get; } = [];

        public double LogLikelihood { get; set; }

        public bool IsFinished { get; set; }
    }
}

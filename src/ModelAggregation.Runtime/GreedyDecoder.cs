using ModelAggregation.Evaluation;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Tokenizers;

namespace ModelAggregation.Runtime;

/// <summary>Continues prompts with the likeliest token each time, with a cache; sequences that have ended leave the batch.</summary>
internal sealed class GreedyDecoder(DecoderModel model, ITokenizer tokenizer)
{
    private readonly HashSet<int> _ends = [.. model.Config.EndTokens, .. new[] { tokenizer.EndToken }.OfType<int>()];

    /// <summary>Continues prompts.</summary>
    public Generation[] Continue(IReadOnlyList<ReadOnlyMemory<int>> prompts, IReadOnlyList<GenerationRequest> requests, CancellationToken cancellationToken)
    {
        Generation[] answers = new Generation[prompts.Count];
        List<int>[] said = [.. prompts.Select(_ => new List<int>())];
        using KeyValueCache cache = model.CreateCache(prompts.Count);
        int[] active = [.. Enumerable.Range(0, prompts.Count)];
        TokenBatch batch = TokenBatch.Of(prompts);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] next = Next(batch, cache, active, cancellationToken);
            List<int> left = [];
            for (int i = 0; i < active.Length; i++)
            {
                int place = active[i];
                if (End(next[i], said[place], requests[place], prompts[place].Length) is { } answer)
                {
                    answers[place] = answer;
                }
                else
                {
                    left.Add(place);
                }
            }

            if (left.Count == 0)
            {
                return answers;
            }

            active = [.. left];
            batch = TokenBatch.Of([.. active.Select(place => (ReadOnlyMemory<int>)new[] { said[place][^1] })]);
        }
    }

    private int[] Next(TokenBatch batch, KeyValueCache cache, int[] active, CancellationToken cancellationToken)
    {
        int vocabulary = model.Config.VocabularySize;
        ForwardOptions options = new() { Cache = cache, CacheSequences = active, LogitRows = [.. active.Select((_, i) => batch.StartOf(i + 1) - 1)] };
        using DecoderOutput output = model.Forward(batch, options, cancellationToken);
        int[] next = new int[active.Length];
        for (int i = 0; i < next.Length; i++)
        {
            ReadOnlySpan<float> logits = output.Logits.AsSpan<float>((long)i * vocabulary, vocabulary);
            next[i] = LogSoftmax.Likeliest(logits);
            if (!float.IsFinite(logits[next[i]]))
            {
                throw new EvaluationException(EvaluationError.NotFinite, "A logit is NaN or infinite: the model's weights are broken.");
            }
        }

        return next;
    }

    // What a token ends the text with, or null where the text goes on with it.
    private Generation? End(int token, List<int> said, GenerationRequest request, int promptLength)
    {
        if (_ends.Contains(token))
        {
            return new Generation(tokenizer.Decode(said), GenerationEnd.Stopped);
        }

        said.Add(token);
        string text = request.Stops.Count > 0 ? tokenizer.Decode(said) : string.Empty;
        if (request.Stops.Any(stop => text.Contains(stop, StringComparison.Ordinal)))
        {
            int end = request.Stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(place => place >= 0).Min();
            return new Generation(text[..end], GenerationEnd.Stopped);
        }

        return said.Count >= request.MaxTokens || promptLength + said.Count >= model.Config.ContextLength
            ? new Generation(tokenizer.Decode(said), GenerationEnd.Length)
            : null;
    }
}

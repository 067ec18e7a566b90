using ModelAggregation.Evaluation;
using ModelRuntime.Decoders;
using ModelRuntime.Tokenizers;

namespace ModelAggregation.Runtime;

/// <summary>Makes what a model is fed of the texts of tasks, as lm-evaluation-harness does.</summary>
internal sealed class PromptEncoder
{
    private readonly ITokenizer _tokenizer;
    private readonly int _contextLength;
    private readonly IReadOnlyList<int> _prefix;
    private readonly int? _before;
    private readonly int? _end;
    private readonly bool _routesSequences;

    public PromptEncoder(DecoderConfig config, ITokenizer tokenizer, bool addsBeginToken)
    {
        _tokenizer = tokenizer;
        _contextLength = config.ContextLength;
        _routesSequences = config.Mixture is { RoutesSequences: true };
        _prefix = addsBeginToken ? tokenizer.PrefixTokens : [];
        _end = tokenizer.EndToken ?? (config.EndTokens.Count > 0 ? config.EndTokens[0] : null);

        // The first token of a text is likely or not after something: what begins a text, or else what ended the one before. The tokenizer's word comes first: the configurations of
        // models whose tokenizers say that nothing begins a text often name a token all the same.
        _before = tokenizer.BeginToken ?? tokenizer.EndToken ?? config.BeginToken ?? _end;
    }

    /// <summary>Returns the tokens of a prompt, its end if it is longer than there is room for.</summary>
    public ReadOnlyMemory<int> Prompt(string text, int room)
    {
        int[] tokens = Tokens(text);
        return tokens.AsMemory(Math.Max(0, tokens.Length - room));
    }

    /// <summary>Returns the same of a text whose states are read: where it has no tokens, what stands before a first token.</summary>
    /// <exception cref="EvaluationException">The text has no tokens, and the model none to begin a text with.</exception>
    public ReadOnlyMemory<int> Context(string text, int room)
    {
        ReadOnlyMemory<int> tokens = Prompt(text, room);
        return tokens.IsEmpty ? (int[])[Before()] : tokens;
    }

    /// <summary>Returns the sequences of contexts with their continuations. A continuation starts where the tokens of both together part from those of the context.</summary>
    /// <exception cref="EvaluationException">The model has no end token, or a continuation is longer than its context or has no tokens.</exception>
    public ScoredSequence[] Pairs(IReadOnlyList<LogLikelihoodRequest> requests)
    {
        ScoredSequence[] pairs = new ScoredSequence[requests.Count];
        (List<int> Tokens, int Start)[] parts = [.. requests.Select(Parts)];
        IEnumerable<int> places = Enumerable.Range(0, parts.Length);
        IEnumerable<int[]> groups = _routesSequences
            ? places.GroupBy(place => requests[place].Context, StringComparer.Ordinal).Select(group => group.ToArray())
            : places.Select(place => (int[])[place]);
        foreach (int[] group in groups)
        {
            // What all have before their scored tokens, cut as for the longest, decides for all.
            if (group.Any(place => parts[place].Start == 0))
            {
                foreach (int place in group)
                {
                    parts[place].Tokens.Insert(0, Before());
                    parts[place].Start++;
                }
            }

            int prompt = group.Min(place => parts[place].Start);
            int cut = Math.Max(0, group.Max(place => parts[place].Tokens.Count) - _contextLength - 1);
            foreach (int place in group)
            {
                (List<int> tokens, int start) = parts[place];
                int scored = tokens.Count - start;
                if (scored < 1 || scored > _contextLength)
                {
                    throw new EvaluationException(EvaluationError.Unsupported, $"The continuation has {scored} tokens; a model with a context of {_contextLength} scores 1 to {_contextLength}.");
                }

                // Where the longest leaves no room for what all have, each goes its own way.
                pairs[place] = cut < prompt
                    ? new ScoredSequence(tokens[cut..].ToArray(), scored) { PromptCount = prompt - cut }
                    : Window(tokens, tokens.Count, scored);
            }
        }

        return pairs;
    }

    /// <summary>Cuts a text into windows in which each of its tokens is scored once: as long as the context, and the last one with as much before it as there is room for.</summary>
    public IEnumerable<ScoredSequence> Windows(string text)
    {
        List<int> tokens = [.. _tokenizer.Encode(text, addSpecialTokens: false)];
        tokens.Insert(0, Before());
        for (int done = 1; done < tokens.Count;)
        {
            int scored = Math.Min(tokens.Count - done, _contextLength);
            done += scored;
            yield return Window(tokens, done, scored);
        }
    }

    // The tokens of a context with its continuation, and how many of them are the context's.
    private (List<int> Tokens, int Start) Parts(LogLikelihoodRequest request)
    {
        int[] context = Tokens(request.Context);
        List<int> whole = [.. Tokens(request.Context + request.Continuation)];
        if (request.Ends)
        {
            whole.Add(_end ?? throw new EvaluationException(EvaluationError.Unsupported, "The end of a text is to be scored, and neither the tokenizer nor the configuration has a token for it."));
        }

        return (whole, context.AsSpan().CommonPrefixLength([.. whole]));
    }

    private ScoredSequence Window(List<int> tokens, int end, int scored)
    {
        int start = Math.Max(0, end - _contextLength - 1);
        return new ScoredSequence(tokens[start..end].ToArray(), scored);
    }

    private int Before() => _before
        ?? throw new EvaluationException(EvaluationError.Unsupported, "Something has to stand before the first token of a text, and neither the tokenizer nor the configuration has a token to begin texts with.");

    private int[] Tokens(string text) => [.. _prefix, .. _tokenizer.Encode(text, addSpecialTokens: false)];
}

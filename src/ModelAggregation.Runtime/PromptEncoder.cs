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

    public PromptEncoder(DecoderConfig config, ITokenizer tokenizer, bool addsBeginToken)
    {
        _tokenizer = tokenizer;
        _contextLength = config.ContextLength;
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

    /// <summary>Returns the sequence of a context with its continuation. The continuation starts where the tokens of both together part from those of the context.</summary>
    /// <exception cref="EvaluationException">The model has no end token, or the continuation is longer than its context or has no tokens.</exception>
    public ScoredSequence Pair(LogLikelihoodRequest request)
    {
        int[] context = Tokens(request.Context);
        List<int> whole = [.. Tokens(request.Context + request.Continuation)];
        if (request.Ends)
        {
            whole.Add(_end ?? throw new EvaluationException(EvaluationError.Unsupported, "The end of a text is to be scored, and neither the tokenizer nor the configuration has a token for it."));
        }

        int start = context.AsSpan().CommonPrefixLength([.. whole]);
        if (start == 0)
        {
            whole.Insert(0, Before());
            start = 1;
        }

        int scored = whole.Count - start;
        if (scored < 1 || scored > _contextLength)
        {
            throw new EvaluationException(EvaluationError.Unsupported, $"The continuation has {scored} tokens; a model with a context of {_contextLength} scores 1 to {_contextLength}.");
        }

        return Window(whole, whole.Count, scored);
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

    private ScoredSequence Window(List<int> tokens, int end, int scored)
    {
        int start = Math.Max(0, end - _contextLength - 1);
        return new ScoredSequence(tokens[start..end].ToArray(), scored);
    }

    private int Before() => _before
        ?? throw new EvaluationException(EvaluationError.Unsupported, "Something has to stand before the first token of a text, and neither the tokenizer nor the configuration has a token to begin texts with.");

    private int[] Tokens(string text) => [.. _prefix, .. _tokenizer.Encode(text, addSpecialTokens: false)];
}

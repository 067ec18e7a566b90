using ModelAggregation.Evaluation;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Tokenizers;

namespace ModelAggregation.Runtime;

/// <summary>A decoder of ModelRuntime as the language model of tasks. What a text gives is the same bits whatever other texts it is asked together with.</summary>
/// <remarks>
/// Contexts and continuations are cut into tokens together, and a token across the border counts to the continuation. Sequences longer than the model's context lose their beginning, and
/// prompts so much of it that what is to be generated has room, up to half of the context; whole texts are cut into windows, each token scored once, as by lm-evaluation-harness.
/// A mixture that routes whole sequences decides by what stands before the tokens that are scored or generated, so that continuations of a context that are asked for together go the same way: by
/// the tokens that all of them begin with, where the border is within a token of some, and cut alike as long as that leaves such tokens. Of an empty context it sees only
/// the token that begins texts, and so it does of a text that is scored as a whole: of each further window, what stands before its scored tokens.
/// </remarks>
public sealed class RuntimeLanguageModel : ILanguageModel
{
    // 256 MB of them, in which a pass of the usual size fits.
    private const int MostLogits = 64 << 20;

    private readonly int _mostLogits;
    private readonly DecoderModel _model;
    private readonly ITokenizer _tokenizer;
    private readonly RuntimeLanguageModelOptions _options;
    private readonly PromptEncoder _encoder;
    private readonly GreedyDecoder _decoder;

    /// <summary>Creates the language model.</summary>
    /// <param name="model">The decoder, which becomes its own: it is disposed with it.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">The tokenizer has more tokens than the model.</exception>
    public RuntimeLanguageModel(DecoderModel model, ITokenizer tokenizer, RuntimeLanguageModelOptions? options = null)
        : this(model, tokenizer, options, MostLogits)
    {
    }

    /// <summary>Creates the language model with a bound on the logits that are in memory at once, which changes no bit.</summary>
    internal RuntimeLanguageModel(DecoderModel model, ITokenizer tokenizer, RuntimeLanguageModelOptions? options, int mostLogits)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        VocabularyCheck.Fits(model, tokenizer);
        _model = model;
        _mostLogits = mostLogits;
        _tokenizer = tokenizer;
        _options = options ?? new RuntimeLanguageModelOptions();
        _encoder = new PromptEncoder(model.Config, tokenizer, _options.AddsBeginToken);
        _decoder = new GreedyDecoder(model, tokenizer);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<LogLikelihood>> LogLikelihoodAsync(IReadOnlyList<LogLikelihoodRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return ValueTask.FromResult<IReadOnlyList<LogLikelihood>>(Score(_encoder.Pairs(requests), cancellationToken));
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<LogLikelihood>> RollingLogLikelihoodAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ScoredSequence[][] windows = [.. texts.Select(text => _encoder.Windows(text).ToArray())];
        LogLikelihood[] scores = Score([.. windows.SelectMany(window => window)], cancellationToken);
        LogLikelihood[] answers = new LogLikelihood[texts.Count];
        int next = 0;
        for (int i = 0; i < answers.Length; i++)
        {
            LogLikelihood[] own = scores[next..(next + windows[i].Length)];
            answers[i] = new LogLikelihood(own.Sum(score => score.LogProbability), own.Sum(score => score.TokenCount), own.All(score => score.IsGreedy));
            next += own.Length;
        }

        return ValueTask.FromResult<IReadOnlyList<LogLikelihood>>(answers);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<Generation>> GenerateAsync(IReadOnlyList<GenerationRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        int context = _model.Config.ContextLength;

        // What may be generated gets its room, but a prompt never loses more than what is over half of the context: most answers are far shorter than the most that they may be.
        ReadOnlyMemory<int>[] prompts = [.. requests.Select(request => _encoder.Prompt(request.Prompt, Math.Max(context - request.MaxTokens, (context + 1) / 2)))];
        if (Array.FindIndex(prompts, prompt => prompt.IsEmpty) is >= 0 and int empty)
        {
            throw new EvaluationException(EvaluationError.Unsupported, $"Prompt {empty} has no tokens, and the tokenizer none to begin a text with.");
        }

        Generation[] answers = new Generation[requests.Count];
        foreach (int[] alike in Enumerable.Range(0, prompts.Length).GroupBy(place => requests[place], SameSettings.Instance).Select(group => group.ToArray()))
        {
            foreach (int[] batch in SequenceBatches.Of([.. alike.Select(place => prompts[place].Length)], _options.BatchTokens))
            {
                Generation[] own = _decoder.Continue([.. batch.Select(i => prompts[alike[i]])], requests[alike[0]], cancellationToken);
                for (int i = 0; i < batch.Length; i++)
                {
                    answers[alike[batch[i]]] = own[i];
                }
            }
        }

        return ValueTask.FromResult<IReadOnlyList<Generation>>(answers);
    }

    /// <summary>Disposes the decoder.</summary>
    public ValueTask DisposeAsync()
    {
        _model.Dispose();
        return ValueTask.CompletedTask;
    }

    private LogLikelihood[] Score(ScoredSequence[] sequences, CancellationToken cancellationToken)
    {
        LogLikelihood[] answers = new LogLikelihood[sequences.Length];
        int mostRows = Math.Max(1, _mostLogits / _model.Config.VocabularySize);
        int[] lengths = [.. sequences.Select(sequence => sequence.Input.Length)];
        foreach (int[] batch in SequenceBatches.Of(lengths, _options.BatchTokens, [.. sequences.Select(sequence => sequence.ScoredCount)], mostRows))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (batch is [int alone] && sequences[alone].ScoredCount > mostRows)
            {
                answers[alone] = ScoreInPieces(sequences[alone], mostRows, cancellationToken);
            }
            else
            {
                Score(batch, sequences, answers, cancellationToken);
            }
        }

        return answers;
    }

    private void Score(int[] places, ScoredSequence[] sequences, LogLikelihood[] answers, CancellationToken cancellationToken)
    {
        TokenBatch batch = TokenBatch.Of([.. places.Select(place => sequences[place].Input)]);

        // Logits of the last rows only: those before say what comes next in the context, which is known.
        int[] rows = [.. places.SelectMany((place, i) => Enumerable.Range(batch.StartOf(i + 1) - sequences[place].ScoredCount, sequences[place].ScoredCount))];
        int[] prompts = [.. places.Select(place => sequences[place].PromptCount)];
        using DecoderOutput output = _model.Forward(batch, new ForwardOptions { LogitRows = rows, PromptLengths = prompts }, cancellationToken);
        int row = 0;
        foreach (int place in places)
        {
            answers[place] = Read(output, row, sequences[place].Tokens.Span[^sequences[place].ScoredCount..], new LogLikelihood(0, 0, IsGreedy: true));
            row += sequences[place].ScoredCount;
        }
    }

    // Piece by piece with a cache, which gives the same bits: of a long window and a large vocabulary, all logits at once are tens of gigabytes.
    private LogLikelihood ScoreInPieces(ScoredSequence sequence, int mostRows, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<int> input = sequence.Input;
        int known = input.Length - sequence.ScoredCount;
        LogLikelihood score = new(0, 0, IsGreedy: true);
        using KeyValueCache cache = _model.CreateCache(1);
        int end;
        for (int start = 0; start < input.Length; start = end)
        {
            // What is known already goes before the first piece, and asks for no logits.
            int first = Math.Max(start, known);
            end = Math.Min(first + mostRows, input.Length);
            int[] rows = [.. Enumerable.Range(first - start, end - first)];
            ForwardOptions options = new() { LogitRows = rows, Cache = cache, PromptLengths = [sequence.PromptCount] };
            using DecoderOutput output = _model.Forward(TokenBatch.Of([input[start..end]]), options, cancellationToken);
            score = Read(output, 0, sequence.Tokens.Span[(first + 1)..(end + 1)], score);
        }

        return score;
    }

    // Goes on from the sum of the pieces before, so that it is added up in one order however it is cut.
    private LogLikelihood Read(DecoderOutput output, int row, ReadOnlySpan<int> tokens, LogLikelihood before)
    {
        int vocabulary = _model.Config.VocabularySize;
        double sum = before.LogProbability;
        bool isGreedy = before.IsGreedy;
        foreach (int token in tokens)
        {
            ReadOnlySpan<float> logits = output.Logits.AsSpan<float>((long)row++ * vocabulary, vocabulary);
            sum += LogSoftmax.Of(logits, token);
            isGreedy &= LogSoftmax.Likeliest(logits) == token;
        }

        return new LogLikelihood(sum, before.TokenCount + tokens.Length, isGreedy);
    }
}

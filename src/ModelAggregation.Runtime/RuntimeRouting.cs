using ModelAggregation.Evaluation;
using ModelAggregation.Mixture.Routers;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Decoders.Mixtures;
using ModelRuntime.Tokenizers;

namespace ModelAggregation.Runtime;

/// <summary>Where the routers of a mixture send prompts: their tokens, or they as a whole. Immutable.</summary>
public sealed class RuntimeRouting
{
    private readonly int[] _firstRows;

    private RuntimeRouting(MixtureConfig mixture, IReadOnlyList<int> layers, IReadOnlyList<float[]> logits, int[] firstRows)
    {
        ExpertCount = mixture.ExpertCount;
        Chosen = mixture.ChosenCount;
        IsOfSequences = mixture.RoutesSequences;
        Layers = layers;
        Logits = logits;
        _firstRows = firstRows;
        Statistics = RoutingStatistics.Of(logits, ExpertCount, Chosen);
    }

    /// <summary>Gets the number of experts, E.</summary>
    public int ExpertCount { get; }

    /// <summary>Gets how many experts compute for a token or prompt, k.</summary>
    public int Chosen { get; }

    /// <summary>Gets whether routers decide for whole prompts, and not for each token.</summary>
    public bool IsOfSequences { get; }

    /// <summary>Gets the layer of each router; at model level the one, and the first that it decides for.</summary>
    public IReadOnlyList<int> Layers { get; }

    /// <summary>Gets the logits of each router: [tokens of all prompts, or prompts; experts], in the order of the prompts.</summary>
    public IReadOnlyList<float[]> Logits { get; }

    /// <summary>Gets how the experts are used.</summary>
    public RoutingStatistics Statistics { get; }

    /// <summary>Runs prompts through a mixture.</summary>
    /// <param name="mixture">The mixture.</param>
    /// <param name="prompts">The prompts, at least one; of one longer than the context, its end.</param>
    /// <param name="tokenizer">The tokenizer; when null, the mixture's own.</param>
    /// <param name="runtime">Where to compute; the defaults when null.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="EvaluationException">The model has no routers, because it is no mixture or all of its layers are dense; or a prompt has no tokens; or a router's logits are NaN or infinite.</exception>
    /// <exception cref="RuntimeException">The model is of another kind, or it has no tokenizer and none was given.</exception>
    public static RuntimeRouting Read(
        ModelCandidate mixture,
        IReadOnlyList<string> prompts,
        ITokenizer? tokenizer = null,
        RuntimeOptions? runtime = null,
        RuntimeLanguageModelOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(mixture);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentOutOfRangeException.ThrowIfZero(prompts.Count);
        options ??= new RuntimeLanguageModelOptions();
        (DecoderModel model, ITokenizer own) = CandidateModel.Open(mixture, tokenizer, runtime);
        using (model)
        {
            if (model.Config.Mixture is not { } shape || shape.DenseLayerCount == model.Config.LayerCount)
            {
                throw new EvaluationException(EvaluationError.Unsupported, $"'{mixture.Name}' has no routers: it is a dense model.");
            }

            PromptEncoder encoder = new(model.Config, own, options.AddsBeginToken);
            ReadOnlyMemory<int>[] sequences = [.. prompts.Select(prompt => encoder.Prompt(prompt, model.Config.ContextLength))];
            return Array.FindIndex(sequences, sequence => sequence.IsEmpty) is >= 0 and int empty
                ? throw new EvaluationException(EvaluationError.Unsupported, $"Prompt {empty} has no tokens, and the tokenizer none to begin a text with.")
                : Read(model, shape, sequences, options.BatchTokens, cancellationToken);
        }
    }

    /// <summary>Returns the rows of <see cref="Logits"/> that are a prompt's: its tokens, or itself.</summary>
    /// <param name="prompt">The prompt, from 0.</param>
    public Range RowsOf(int prompt) => _firstRows[prompt].._firstRows[prompt + 1];

    private static RuntimeRouting Read(DecoderModel model, MixtureConfig shape, ReadOnlyMemory<int>[] sequences, int batchTokens, CancellationToken cancellationToken)
    {
        int[] firstRows = new int[sequences.Length + 1];
        for (int i = 0; i < sequences.Length; i++)
        {
            firstRows[i + 1] = checked(firstRows[i] + (shape.RoutesSequences ? 1 : sequences[i].Length));
        }

        int[] layers = [];
        float[][] logits = [];
        foreach (int[] batch in SequenceBatches.Of([.. sequences.Select(sequence => sequence.Length)], batchTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            TokenBatch tokens = TokenBatch.Of([.. batch.Select(place => sequences[place])]);
            using DecoderOutput output = model.Forward(tokens, new ForwardOptions { KeepsRouting = true, LogitRows = [] }, cancellationToken);
            if (logits.Length == 0)
            {
                layers = [.. output.Routing.Select(router => router.Layer)];
                logits = [.. layers.Select(_ => new float[checked(firstRows[^1] * shape.ExpertCount)])];
            }

            for (int router = 0; router < logits.Length; router++)
            {
                for (int i = 0; i < batch.Length; i++)
                {
                    int from = shape.RoutesSequences ? i : tokens.StartOf(i);
                    for (int row = firstRows[batch[i]]; row < firstRows[batch[i] + 1]; row++)
                    {
                        output.Routing[router].LogitsOf(from++).CopyTo(logits[router].AsSpan(row * shape.ExpertCount));
                    }
                }
            }
        }

        int broken = Array.FindIndex(logits, own => !Array.TrueForAll(own, float.IsFinite));
        return broken >= 0
            ? throw new EvaluationException(EvaluationError.NotFinite, $"The router of layer {layers[broken]} gives logits that are NaN or infinite: its weights, or those before it, are damaged.")
            : new RuntimeRouting(shape, layers, logits, firstRows);
    }
}

using System.Text;

namespace ModelAggregation.Evaluation.Tasks;

/// <summary>Perplexity: how much whole texts surprise the model. Sums go over all texts before they are divided, so that a long text counts for more.</summary>
public sealed class PerplexityTask : LanguageModelTask
{
    private readonly string[] _texts;
    private readonly PerplexityMetric _metric;

    /// <summary>Creates the task.</summary>
    /// <param name="name">The name.</param>
    /// <param name="texts">The texts, at least one; none is empty.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">There are no texts, or an empty one.</exception>
    public PerplexityTask(string name, IReadOnlyList<string> texts, PerplexityOptions? options = null)
        : base(Describe(name, texts, options ??= new PerplexityOptions()))
    {
        _texts = [.. texts];
        _metric = options.Metric;
        using Fingerprint fingerprint = new();
        Id = fingerprint.Add(Info).Add(_texts).Finish("perplexity");
    }

    /// <inheritdoc />
    public override string Id { get; }

    /// <inheritdoc />
    public override async ValueTask<TaskScore> ScoreAsync(ILanguageModel model, IProgress<TaskProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        LogLikelihood[] answers = await Questions.AskRollingAsync(model, _texts, Info.Name, progress, cancellationToken).ConfigureAwait(false);
        double[] losses = [.. answers.Select(answer => 0 - answer.LogProbability)];
        double[] lengths = [.. answers.Select((answer, i) => (double)Length(_texts[i], answer.TokenCount))];
        return RatioScore.Of(Info, losses, lengths, _metric == PerplexityMetric.BitsPerByte ? Bits : Exponential);
    }

    private static TaskInfo Describe(string name, IReadOnlyList<string> texts, PerplexityOptions options)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfZero(texts.Count);
        if (texts.Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException("A text is empty: nothing in it can surprise.", nameof(texts));
        }

        string metric = options.Metric switch
        {
            PerplexityMetric.PerToken => "perplexity",
            PerplexityMetric.PerWord => "word_perplexity",
            PerplexityMetric.PerByte => "byte_perplexity",
            _ => "bits_per_byte",
        };
        return new TaskInfo(name, metric)
        {
            Direction = ScoreDirection.LowerIsBetter,
            Weight = options.Weight,
            Range = ScoreRange.NotNegative,
            Examples = [.. texts.Select(text => Fingerprint.Key(text))],
        };
    }

    private static (double Value, double Slope) Exponential(double nats) => (Math.Exp(nats), Math.Exp(nats));

    private static (double Value, double Slope) Bits(double nats) => (nats / Math.Log(2), 1 / Math.Log(2));

    private int Length(string text, int tokens) => _metric switch
    {
        PerplexityMetric.PerToken => tokens,
        PerplexityMetric.PerWord => Words(text),
        _ => Encoding.UTF8.GetByteCount(text),
    };

    private static int Words(string text)
    {
        int words = 1;
        for (int i = 0; i < text.Length; i++)
        {
            words += char.IsWhiteSpace(text[i]) && (i == 0 || !char.IsWhiteSpace(text[i - 1])) ? 1 : 0;
        }

        return words;
    }
}

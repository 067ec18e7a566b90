namespace ModelAggregation.Evaluation.Tasks;

/// <summary>Exact match: the share of prompts to which the model's greedy continuation gives the right answer.</summary>
public sealed class ExactMatchTask : LanguageModelTask
{
    private readonly AnswerExample[] _examples;
    private readonly ExactMatchOptions _options;
    private readonly AnswerMatcher _matcher;

    /// <summary>Creates the task.</summary>
    /// <param name="name">The name.</param>
    /// <param name="examples">The prompts with their answers, at least one.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">There are no examples, an empty answer, or a regular expression that is none.</exception>
    public ExactMatchTask(string name, IReadOnlyList<AnswerExample> examples, ExactMatchOptions? options = null)
        : base(Describe(name, examples, options ??= new ExactMatchOptions()))
    {
        _examples = [.. examples];
        _options = options;
        _matcher = new AnswerMatcher(options);
        using Fingerprint fingerprint = new();
        fingerprint.Add(Info).Add(options.MaxTokens).Add(options.Stops).Add(options.Ignores).Add(options.Pattern is null ? 0 : 1).Add(options.Pattern ?? string.Empty);
        fingerprint.Add(options.MustEnd ? 1 : 0).Add(options.TakesLast ? 1 : 0).Add(options.IgnoresCase ? 1 : 0).Add(options.IgnoresPunctuation ? 1 : 0);
        Id = fingerprint.AddAll(_examples).Finish("exact");
    }

    /// <inheritdoc />
    public override string Id { get; }

    /// <inheritdoc />
    public override async ValueTask<TaskScore> ScoreAsync(ILanguageModel model, IProgress<TaskProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        GenerationRequest[] requests = [.. _examples.Select(example => new GenerationRequest(example.Prompt) { MaxTokens = _options.MaxTokens, Stops = _options.Stops })];
        Generation[] answers = await Questions.AskAsync(model, requests, Info.Name, progress, cancellationToken).ConfigureAwait(false);
        return TaskScore.OfMean(Info, [.. answers.Select((answer, i) => new ExampleOutcome(Info.Examples[i], _matcher.Matches(answer, _examples[i].Answer) ? 1 : 0))]);
    }

    private static TaskInfo Describe(string name, IReadOnlyList<AnswerExample> examples, ExactMatchOptions options) =>
        new(name, "exact_match") { Weight = options.Weight, Range = ScoreRange.Unit, Examples = AnswerExamples.Keys(examples) };
}

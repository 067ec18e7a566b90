namespace ModelAggregation.Evaluation.Tasks;

/// <summary>Answer loss: the mean negative log-likelihood of the right answers after their prompts, in nats. It sees progress long before exact match does.</summary>
public sealed class AnswerLossTask : LanguageModelTask
{
    private readonly AnswerExample[] _examples;
    private readonly AnswerLossOptions _options;

    /// <summary>Creates the task.</summary>
    /// <param name="name">The name.</param>
    /// <param name="examples">The prompts with their answers, at least one.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">There are no examples, or an empty answer.</exception>
    public AnswerLossTask(string name, IReadOnlyList<AnswerExample> examples, AnswerLossOptions? options = null)
        : base(Describe(name, examples, options ??= new AnswerLossOptions()))
    {
        _examples = [.. examples];
        _options = options;
        using Fingerprint fingerprint = new();
        Id = fingerprint.Add(Info).Add(options.Ends ? 1 : 0).AddAll(_examples).Finish("loss");
    }

    /// <inheritdoc />
    public override string Id { get; }

    /// <inheritdoc />
    public override async ValueTask<TaskScore> ScoreAsync(ILanguageModel model, IProgress<TaskProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        LogLikelihoodRequest[] requests = [.. _examples.Select(example => new LogLikelihoodRequest(example.Prompt, example.Answer) { Ends = _options.Ends })];
        LogLikelihood[] answers = await Questions.AskAsync(model, requests, Info.Name, progress, cancellationToken).ConfigureAwait(false);
        if (!_options.PerToken)
        {
            // Zero minus, not a sign: an answer that is certain has a loss of 0, not of -0.
            return TaskScore.OfMean(Info, [.. answers.Select((answer, i) => new ExampleOutcome(Info.Examples[i], 0 - answer.LogProbability))]);
        }

        double[] losses = [.. answers.Select(answer => 0 - answer.LogProbability)];
        double[] tokens = [.. answers.Select(answer => (double)answer.TokenCount)];
        return RatioScore.Of(Info, losses, tokens, ratio => (ratio, 1));
    }

    private static TaskInfo Describe(string name, IReadOnlyList<AnswerExample> examples, AnswerLossOptions options) =>
        new(name, options.PerToken ? "loss_per_token" : "loss")
        {
            Direction = ScoreDirection.LowerIsBetter,
            Weight = options.Weight,
            Range = ScoreRange.NotNegative,
            Examples = AnswerExamples.Keys(examples),
        };
}

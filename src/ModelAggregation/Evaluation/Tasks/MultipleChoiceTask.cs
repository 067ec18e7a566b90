using System.Text;

namespace ModelAggregation.Evaluation.Tasks;

/// <summary>Multiple choice: the share of questions whose right choice the model finds likeliest (<c>acc</c>, <c>acc_norm</c>). Of choices that are equally likely, the first is taken.</summary>
public sealed class MultipleChoiceTask : LanguageModelTask
{
    private readonly ChoiceExample[] _examples;
    private readonly MultipleChoiceOptions _options;

    /// <summary>Creates the task.</summary>
    /// <param name="name">The name.</param>
    /// <param name="examples">The questions, at least one.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">There are no examples.</exception>
    public MultipleChoiceTask(string name, IReadOnlyList<ChoiceExample> examples, MultipleChoiceOptions? options = null)
        : base(Describe(name, examples, options ??= new MultipleChoiceOptions()))
    {
        _examples = [.. examples];
        _options = options;
        using Fingerprint fingerprint = new();
        fingerprint.Add(Info).Add(options.Delimiter).Add(options.Ends ? 1 : 0).Add(_examples.Length);
        foreach (ChoiceExample example in _examples)
        {
            fingerprint.Add(example.Prompts).Add(example.Choices).Add(example.Answer);
        }

        Id = fingerprint.Finish("choice");
    }

    /// <inheritdoc />
    public override string Id { get; }

    /// <inheritdoc />
    public override async ValueTask<TaskScore> ScoreAsync(ILanguageModel model, IProgress<TaskProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        LogLikelihoodRequest[] requests = [.. _examples.SelectMany(Requests)];
        LogLikelihood[] answers = await Questions.AskAsync(model, requests, Info.Name, progress, cancellationToken).ConfigureAwait(false);
        ExampleOutcome[] outcomes = new ExampleOutcome[_examples.Length];
        int next = 0;
        for (int i = 0; i < outcomes.Length; i++)
        {
            ChoiceExample example = _examples[i];
            outcomes[i] = new ExampleOutcome(Info.Examples[i], Likeliest(example, answers.AsSpan(next, example.Choices.Count)) == example.Answer ? 1 : 0);
            next += example.Choices.Count;
        }

        return TaskScore.OfMean(Info, outcomes);
    }

    private static TaskInfo Describe(string name, IReadOnlyList<ChoiceExample> examples, MultipleChoiceOptions options)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count);
        string metric = options.Metric switch { ChoiceMetric.Accuracy => "acc", ChoiceMetric.PerCharacter => "acc_norm", _ => "acc_bytes" };
        return new TaskInfo(name, metric) { Weight = options.Weight, Range = ScoreRange.Unit, Examples = [.. examples.Select(example => example.Key)] };
    }

    private IEnumerable<LogLikelihoodRequest> Requests(ChoiceExample example) =>
        example.Prompts.Zip(example.Choices, (prompt, choice) => new LogLikelihoodRequest(prompt, _options.Delimiter + choice) { Ends = _options.Ends });

    private int Likeliest(ChoiceExample example, ReadOnlySpan<LogLikelihood> answers)
    {
        int best = 0;
        double highest = double.NegativeInfinity;
        for (int i = 0; i < answers.Length; i++)
        {
            double value = answers[i].LogProbability / Length(example.Choices[i]);
            if (value > highest)
            {
                (best, highest) = (i, value);
            }
        }

        return best;
    }

    private int Length(string choice) => _options.Metric switch
    {
        ChoiceMetric.Accuracy => 1,
        ChoiceMetric.PerCharacter => choice.EnumerateRunes().Count(),
        _ => Encoding.UTF8.GetByteCount(choice),
    };
}

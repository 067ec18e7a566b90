namespace ModelAggregation.Evaluation;

/// <summary>Scores a model several times with different seeds, for evaluations that draw: sampled answers, or few-shot examples chosen at random. The score is the mean.</summary>
/// <remarks>
/// <para>Where all repeats tell outcomes of the same examples, an example's outcome is its mean over the repeats, and the standard error counts both the draw of the examples and that of the seeds:
/// <c>√((MS_examples + max(0, MS_seeds − MS_rest)) / (n·r))</c> of n examples and r seeds, with the mean squares of an analysis of variance in two directions. Every candidate has the same seeds, so that what
/// a seed does to all of them does not blur the difference of two.</para>
/// <para>Where they do not, the standard error is <c>√(mean of the repeats' own squared + variance of their scores / r)</c>: the repeats have their examples in common, so that more of them do not
/// make the first part smaller. Memory is that of one evaluation: repeats come one after the other.</para>
/// </remarks>
/// <example>
/// <code>
/// RepeatedEvaluator evaluator = new(seed => new ProcessEvaluator(command, tasks, new ProcessEvaluatorOptions { Seed = seed }), 1, 2, 3);
/// </code>
/// </example>
public sealed class RepeatedEvaluator : IModelEvaluator
{
    private readonly IModelEvaluator[] _repeats;

    /// <summary>Creates the evaluator.</summary>
    /// <param name="create">Makes the evaluator of a seed; the caller disposes what it holds.</param>
    /// <param name="seeds">The seeds; at least one, each once.</param>
    /// <exception cref="ArgumentException">There are no seeds, or one occurs twice; the evaluators have other tasks; or two are the same, by their <see cref="IModelEvaluator.Id"/>.</exception>
    public RepeatedEvaluator(Func<ulong, IModelEvaluator> create, params IReadOnlyList<ulong> seeds)
    {
        ArgumentNullException.ThrowIfNull(create);
        ArgumentNullException.ThrowIfNull(seeds);
        ArgumentOutOfRangeException.ThrowIfZero(seeds.Count, nameof(seeds));
        if (seeds.Distinct().Count() != seeds.Count)
        {
            throw new ArgumentException($"The seeds are {string.Join(", ", seeds)}; each is taken once.", nameof(seeds));
        }

        _repeats = [.. seeds.Select(create)];
        Tasks = [.. Enumerable.Range(0, _repeats[0].Tasks.Count).Select(Common)];
        if (_repeats.DistinctBy(repeat => repeat.Id, StringComparer.Ordinal).Count() != _repeats.Length)
        {
            throw new ArgumentException($"Two seeds give the same evaluator, '{_repeats[0].Id}': it does not take its seed, so that repeats would tell nothing.", nameof(create));
        }

        using Fingerprint fingerprint = new();
        Id = fingerprint.Add([.. _repeats.Select(repeat => repeat.Id)]).Finish("repeated");
    }

    /// <inheritdoc />
    public string Id { get; }

    /// <inheritdoc />
    /// <remarks>The examples of a task are those of all seeds.</remarks>
    public IReadOnlyList<TaskInfo> Tasks { get; }

    /// <inheritdoc />
    public async ValueTask<EvaluationResult> EvaluateAsync(ModelCandidate candidate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        EvaluationResult[] results = new EvaluationResult[_repeats.Length];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = await _repeats[i].EvaluateAsync(candidate, cancellationToken).ConfigureAwait(false);
        }

        return new EvaluationResult(candidate.Name, [.. Tasks.Select((task, index) => RepeatedScore.Of(task, [.. results.Select(result => result.Scores[index])]))]);
    }

    private TaskInfo Common(int index)
    {
        TaskInfo first = _repeats[0].Tasks[index];
        foreach (IModelEvaluator repeat in _repeats)
        {
            // The list of examples may differ: it is compared by reference, and seeds may draw others.
            if (repeat.Tasks.Count != _repeats[0].Tasks.Count || repeat.Tasks[index] with { Examples = first.Examples } != first)
            {
                throw new ArgumentException($"The evaluators of two seeds have other tasks: task {index} is '{first.Name}' ({first.Metric}) of one of them. A seed changes what is drawn, not what is measured.");
            }
        }

        return first with { Examples = [.. _repeats.SelectMany(repeat => repeat.Tasks[index].Examples).Distinct(StringComparer.Ordinal)] };
    }
}

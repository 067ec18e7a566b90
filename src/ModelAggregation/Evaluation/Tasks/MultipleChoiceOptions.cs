namespace ModelAggregation.Evaluation.Tasks;

/// <summary>The settings of a <see cref="MultipleChoiceTask"/>.</summary>
public sealed record MultipleChoiceOptions
{
    /// <summary>Gets how the likeliest choice is found.</summary>
    /// <value>The largest log-probability, <c>acc</c>, by default.</value>
    public ChoiceMetric Metric { get; init; }

    /// <summary>Gets what stands between a prompt and a choice. It is part of the continuation, and not of the length that a metric divides by.</summary>
    /// <value>One space by default, as in lm-evaluation-harness.</value>
    public string Delimiter
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = " ";

    /// <summary>Gets whether the text ends after a choice: the model's end token then counts as its last.</summary>
    /// <value>False by default.</value>
    public bool Ends { get; init; }

    /// <summary>Gets the share of the task in an evaluation's merit.</summary>
    /// <value>1 by default.</value>
    public double Weight { get; init; } = 1;
}

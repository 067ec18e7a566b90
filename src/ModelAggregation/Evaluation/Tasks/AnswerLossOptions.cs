namespace ModelAggregation.Evaluation.Tasks;

/// <summary>The settings of an <see cref="AnswerLossTask"/>.</summary>
public sealed record AnswerLossOptions
{
    /// <summary>Gets whether the loss is divided by the number of the answers' tokens, over all examples together.</summary>
    /// <value>False by default: the mean over the examples of the answer's summed loss.</value>
    public bool PerToken { get; init; }

    /// <summary>Gets whether the text ends after the answer: the model's end token then counts as its last.</summary>
    /// <value>True by default, as models are trained to end their answers.</value>
    public bool Ends { get; init; } = true;

    /// <summary>Gets the share of the task in an evaluation's merit.</summary>
    /// <value>1 by default.</value>
    public double Weight { get; init; } = 1;
}

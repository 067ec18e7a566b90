namespace ModelRuntime.Training;

/// <summary>What a training did. What it learnt is in the model.</summary>
/// <param name="Steps">All steps, those before a resume included.</param>
/// <param name="ResumedSteps">How many of them were read from a checkpoint.</param>
/// <param name="Elapsed">The time of the others.</param>
public sealed record TrainingResult(IReadOnlyList<TrainingStep> Steps, int ResumedSteps, TimeSpan Elapsed)
{
    /// <summary>Gets the loss of the last step.</summary>
    public double Loss => Steps[^1].Loss;

    /// <summary>Gets the tokens read in all steps.</summary>
    public long Tokens => Steps.Sum(step => (long)step.Tokens);

    /// <summary>Gets the tokens read in a second, without the steps before a resume.</summary>
    public double TokensPerSecond => Elapsed > TimeSpan.Zero ? Steps.Skip(ResumedSteps).Sum(step => (long)step.Tokens) / Elapsed.TotalSeconds : 0;
}

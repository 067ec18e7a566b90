namespace ModelRuntime.Training;

/// <summary>How far a training is.</summary>
/// <param name="Steps">The steps taken so far, those before a resume included.</param>
/// <param name="TotalSteps">The number of all steps.</param>
/// <param name="Last">The last of the steps.</param>
/// <param name="Tokens">The tokens read since the training began or was resumed.</param>
/// <param name="Elapsed">The time since then.</param>
public sealed record TrainingProgress(int Steps, int TotalSteps, TrainingStep Last, long Tokens, TimeSpan Elapsed)
{
    /// <summary>Gets the share of steps taken, from 0 to 1.</summary>
    public double Completion => (double)Steps / TotalSteps;

    /// <summary>Gets the tokens read in a second.</summary>
    public double TokensPerSecond => Elapsed > TimeSpan.Zero ? Tokens / Elapsed.TotalSeconds : 0;
}

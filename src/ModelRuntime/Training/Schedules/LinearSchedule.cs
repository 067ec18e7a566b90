namespace ModelRuntime.Training.Schedules;

/// <summary>A line down to zero: <c>1 − t</c>, with t the share of the steps after the warm-up.</summary>
public sealed record LinearSchedule : LearningRateSchedule
{
    /// <inheritdoc />
    protected override double FactorAt(double progress) => 1 - progress;
}

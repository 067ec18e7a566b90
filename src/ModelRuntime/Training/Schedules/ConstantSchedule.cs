namespace ModelRuntime.Training.Schedules;

/// <summary>The peak learning rate throughout.</summary>
public sealed record ConstantSchedule : LearningRateSchedule
{
    /// <inheritdoc />
    protected override double FactorAt(double progress) => 1;
}

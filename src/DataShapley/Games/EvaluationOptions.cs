using DataShapley.Caching;

namespace DataShapley.Games;

/// <summary>How utilities are evaluated. None of it changes a value, except where evaluations fail.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Gets how many calls of the utility are under way at most.</summary>
    /// <value>1 or more; the number of processors by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int Workers
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = Environment.ProcessorCount;

    /// <summary>Gets where values of deterministic utilities are remembered.</summary>
    /// <value>Null by default: a <see cref="MemoryUtilityCache"/> of the run.</value>
    public IUtilityCache? Cache { get; init; }

    /// <summary>Gets the file in which each value is recorded, on the disk before it is used. A run that was killed goes on from it: no recorded value is evaluated again, and the result is the same bits.</summary>
    /// <value>Null by default: nothing is recorded. The folder exists.</value>
    /// <remarks>Failures are not recorded: a run that goes on tries them again.</remarks>
    public string? JournalPath { get; init; }

    /// <summary>Gets what becomes of a coalition for which the utility throws or takes too long.</summary>
    /// <value><see cref="FailurePolicy.Throw"/> by default.</value>
    public FailurePolicy OnException { get; init; } = FailurePolicy.Throw;

    /// <summary>Gets what becomes of a coalition whose value is NaN or infinite.</summary>
    /// <value><see cref="FailurePolicy.Throw"/> by default.</value>
    public FailurePolicy OnNotFinite { get; init; } = FailurePolicy.Throw;

    /// <summary>Gets the value of the coalition of nobody, for utilities that cannot train on nothing.</summary>
    /// <value>Finite; null by default: the utility is asked.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public double? EmptyValue
    {
        get;
        init
        {
            field = value is not { } number || double.IsFinite(number)
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), value, "The value of the empty coalition is finite.");
        }
    }

    /// <summary>Gets how long one call of the utility may take. One that does not heed its cancellation is left behind.</summary>
    /// <value>Above zero; null by default: as long as it likes.</value>
    /// <exception cref="ArgumentOutOfRangeException">The time is not above zero.</exception>
    public TimeSpan? TimeOut
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(value));
            field = value;
        }
    }

    /// <summary>Gets what tells the time.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

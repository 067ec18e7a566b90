using DataShapley.Games;

namespace DataShapley.Results;

/// <summary>How curves of removal and addition are made.</summary>
public sealed record CurveOptions
{
    /// <summary>Gets which points are removed or added first. Ties go by index; points without a value (NaN) come last in either order.</summary>
    /// <value><see cref="CurveOrder.HighestFirst"/> by default.</value>
    public CurveOrder Order { get; init; }

    /// <summary>Gets the share of the points by which the curve goes on, rounded up to whole points at each step.</summary>
    /// <value>In (0, 1]; 0.05 by default; null for one point at a time.</value>
    /// <exception cref="ArgumentOutOfRangeException">The share is not in this range.</exception>
    public double? Step
    {
        get;
        init
        {
            Check(value ?? 1);
            field = value;
        }
    } = 0.05;

    /// <summary>Gets the share of the points that is removed or added in the end.</summary>
    /// <value>In (0, 1]; 1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The share is not in this range.</exception>
    public double End
    {
        get;
        init
        {
            Check(value);
            field = value;
        }
    } = 1;

    /// <summary>Gets the seed of what is random in evaluations, and of the random order.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets how the utility is evaluated. The coalition of nobody is evaluated only where <see cref="EvaluationOptions.EmptyValue"/> says its value.</summary>
    public EvaluationOptions Evaluation { get; init; } = new();

    private static void Check(double value)
    {
        if (!(value > 0 && value <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "A share is above 0 and at most 1.");
        }
    }
}

namespace DataShapley.Results;

/// <summary>What a report of a valuation holds besides the values.</summary>
public sealed record ValuationReportOptions
{
    /// <summary>Gets the title.</summary>
    /// <value>Not empty; <c>Values of training data</c> by default.</value>
    /// <exception cref="ArgumentException">The title is empty.</exception>
    public string Title
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            field = value;
        }
    } = "Values of training data";

    /// <summary>Gets the level of the intervals, each for its player by itself.</summary>
    /// <value>In (0, 1); 0.95 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The level is not in this range.</exception>
    public double Level
    {
        get;
        init
        {
            ValueIntervals.CheckLevel(value);
            field = value;
        }
    } = ValueIntervals.DefaultLevel;

    /// <summary>Gets how many players the tables of the highest and the lowest show.</summary>
    /// <value>1 to 200; 20 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is not in this range.</exception>
    public int Shown
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 200);
            field = value;
        }
    } = 20;

    /// <summary>Gets how well low values tell data that is known to be corrupted.</summary>
    /// <value>Null by default: the report does not say.</value>
    public NoisyLabelDetection? Detection { get; init; }

    /// <summary>Gets curves of removal or addition, drawn together.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyList<NamedCurve> Curves { get; init; } = [];

    /// <summary>Gets another valuation of the same players, to compare with.</summary>
    /// <value>Null by default: nothing is compared.</value>
    public ValuationResult? Other { get; init; }

    /// <summary>Gets what the report calls the other valuation.</summary>
    /// <value><c>the other valuation</c> by default.</value>
    public string OtherName { get; init; } = "the other valuation";
}

namespace DataShapley.Games;

/// <summary>Leave-one-out: all weight on the coalition of all others.</summary>
public sealed record LeaveOneOutValue : Semivalue
{
    /// <inheritdoc />
    public override string Name => "loo";

    /// <inheritdoc />
    public override double LogWeight(int players, int size)
    {
        CheckSize(players, size);
        return size == players - 1 ? 0 : double.NegativeInfinity;
    }
}

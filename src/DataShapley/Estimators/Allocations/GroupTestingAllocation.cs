namespace DataShapley.Estimators.Allocations;

/// <summary>f(s) = 1/(s+1) + 1/(n−s). Group testing has 1/s for the size with the player, which is s + 1 here.</summary>
public sealed record GroupTestingAllocation : SizeAllocation
{
    /// <inheritdoc />
    public override double Weight(int players, int size) => (1.0 / (size + 1)) + (1.0 / (players - size));
}

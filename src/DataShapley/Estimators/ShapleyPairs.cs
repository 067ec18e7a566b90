using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>
/// Draws SVARM's two coalitions. Given that a player is in A⁺, its size is uniform in 1 … n, as P(i ∈ S) = s/n undoes the 1/s; given that the player is not in A⁻,
/// its size is uniform in 0 … n − 1: so the means over those coalitions are the two halves of the Shapley value.
/// </summary>
internal sealed class ShapleyPairs(int players)
{
    private readonly SizeSampler _plus = new(1, players, size => 1.0 / size);
    private readonly SizeSampler _minus = new(0, players - 1, size => 1.0 / (players - size));

    public Coalition[] Next(RandomSequence random) =>
        [random.NextOfSize(players, _plus.At(random.NextDouble())), random.NextOfSize(players, _minus.At(random.NextDouble()))];
}

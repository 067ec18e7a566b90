namespace DataShapley.Games;

/// <summary>A coalition that players join one by one.</summary>
public interface IGrowingCoalition
{
    /// <summary>Lets a player join.</summary>
    /// <param name="player">The player, from 0, who has not joined yet.</param>
    /// <returns>What the coalition is worth now: to the bit what evaluating it anew gives, for a deterministic utility.</returns>
    double Add(int player);
}

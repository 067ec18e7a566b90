namespace DataShapley.Games;

/// <summary>A utility that can score single players by models that were not trained on them, as out-of-bag values ask for it.</summary>
public interface IBaggedUtility : IUtility
{
    /// <summary>Trains on a bag and scores every player outside it. Called from several threads.</summary>
    /// <param name="bag">The players to train on, ascending; one who was drawn twice stands there twice.</param>
    /// <param name="seed">The seed for whatever is random in the training.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    /// <returns>A score for each player of the game, such as 1 for a right prediction and 0 for a wrong one; those of players in the bag are not read.</returns>
    IReadOnlyList<double> ScoreOutOfBag(IReadOnlyList<int> bag, ulong seed, CancellationToken cancellationToken = default);
}

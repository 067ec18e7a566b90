namespace DataShapley.Games;

/// <summary>A utility that follows a growing coalition at less than the cost of evaluating each anew, as permutations ask for it.</summary>
public interface IIncrementalUtility : IUtility
{
    /// <summary>Begins with nobody.</summary>
    /// <param name="seed">The seed for whatever is random in it.</param>
    /// <returns>The growing coalition; used by one thread.</returns>
    IGrowingCoalition Begin(ulong seed);
}

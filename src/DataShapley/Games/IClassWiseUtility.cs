namespace DataShapley.Games;

/// <summary>A utility over labelled players that can judge one class at a time, as class-wise Shapley values ask for it.</summary>
public interface IClassWiseUtility : IUtility
{
    /// <summary>Gets the class of each player.</summary>
    IReadOnlyList<int> Labels { get; }

    /// <summary>Gets the game of one class, over the same players: v_c(S) = a_in(S) · exp(a_out(S)), where a_in is the accuracy on the evaluation points of the class and a_out on those of the others, both divided by the number of all evaluation points.</summary>
    /// <param name="label">One of <see cref="Labels"/>.</param>
    /// <returns>A utility with an id of its own.</returns>
    IUtility ForClass(int label);

    /// <summary>Computes a_in of everybody, to which rescaled values of a class sum.</summary>
    /// <param name="label">One of <see cref="Labels"/>.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    ValueTask<double> InClassAccuracyAsync(int label, CancellationToken cancellationToken = default);
}

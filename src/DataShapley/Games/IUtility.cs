namespace DataShapley.Games;

/// <summary>What a coalition is worth: train on its members, measure. The socket for a delegate, a probe, a process, a cluster. Safe to call from several threads.</summary>
public interface IUtility
{
    /// <summary>Gets what tells this utility from all others, data and settings included: caches and journals are kept under it.</summary>
    string Id { get; }

    /// <summary>Gets the number of players, 1 or more.</summary>
    int PlayerCount { get; }

    /// <summary>Gets whether the value is a function of the coalition (and of the seed that follows from it). Only then is it cached and shared between draws.</summary>
    /// <value>True by default.</value>
    bool IsDeterministic => true;

    /// <summary>Gets the values it can take, where that is known.</summary>
    /// <value>Null by default: not known.</value>
    UtilityRange? Range => null;

    /// <summary>Gets how many requests it takes at once at most, as a GPU or a cluster does.</summary>
    /// <value>1 or more; 1 by default.</value>
    int BatchSize => 1;

    /// <summary>Evaluates coalitions. A value must not depend on what else is in the batch.</summary>
    /// <param name="requests">1 to <see cref="BatchSize"/> requests.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    /// <returns>One value for each request, in their order. NaN and exceptions go where <see cref="EvaluationOptions"/> says.</returns>
    ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default);
}

using ModelTensors.Checkpoints;

namespace LoraFederation.Rounds;

/// <summary>What the updates of a round should be.</summary>
/// <param name="Round">The round, from 0.</param>
/// <param name="BaseState">The hash of the state that its training starts from.</param>
public sealed record UpdateExpectations(int Round, string BaseState)
{
    /// <summary>Gets what becomes of updates that answer an earlier round.</summary>
    /// <value><see cref="StalePolicy.Refuse"/> by default.</value>
    public StalePolicy Stale { get; init; } = StalePolicy.Refuse;

    /// <summary>Gets the states that earlier rounds started from, by round: what late updates started from.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyList<string> EarlierStates { get; init; } = [];

    /// <summary>Gets what one update may be at most.</summary>
    /// <value>The defaults of <see cref="UpdateLimits"/> by default.</value>
    public UpdateLimits Limits { get; init; } = new();

    /// <summary>Gets the tensors of the base model; only their names and shapes are used.</summary>
    /// <value>Null by default: updates are compared with each other only.</value>
    public TensorSet? Base { get; init; }

    /// <summary>Gets whether NaN and infinity are let through.</summary>
    /// <value>False by default.</value>
    public bool AllowNonFinite { get; init; }
}

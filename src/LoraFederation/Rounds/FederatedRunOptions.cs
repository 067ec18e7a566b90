using LoraFederation.Rounds.Selection;
using ModelTensors.Checkpoints;

namespace LoraFederation.Rounds;

/// <summary>The settings of a run of rounds. Immutable; adjust it with <c>with</c>.</summary>
public sealed record FederatedRunOptions
{
    /// <summary>Gets the number of rounds. A run that is finished goes on when it is run again with more.</summary>
    /// <value>At least 1; 1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public int Rounds
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1;

    /// <summary>Gets which clients train in a round.</summary>
    /// <value><see cref="ClientSelection.All"/> by default.</value>
    public ClientSelection Selection { get; init; } = ClientSelection.All;

    /// <summary>Gets the seed of what is drawn: selections, and the seeds of clients.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets how many valid updates a round needs.</summary>
    /// <value>At least 1; 1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public int Quorum
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1;

    /// <summary>Gets how long a client may train; then its round is over for it.</summary>
    /// <value>Above zero; null by default: as long as it likes.</value>
    /// <exception cref="ArgumentOutOfRangeException">The time is not above zero.</exception>
    public TimeSpan? TimeOut
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(value));
            field = value;
        }
    }

    /// <summary>Gets how many clients train at once.</summary>
    /// <value>At least 1; 1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public int MaxParallelClients
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1;

    /// <summary>Gets how a round's updates become one.</summary>
    /// <value><see cref="AggregationRecipe.Flora"/> by default.</value>
    /// <remarks>Its round is set to the run's, its seed to one of its own for each round, derived from the recipe's.</remarks>
    public AggregationRecipe Recipe { get; init; } = AggregationRecipe.Flora;

    /// <summary>Gets what clients start from after the first round.</summary>
    /// <value><see cref="RoundStart.FreshOnMergedBase"/> by default.</value>
    public RoundStart Start { get; init; }

    /// <summary>Gets the greatest rank of the adapter that holds what all rounds added, with the error of cutting it there.</summary>
    /// <value>At least 1. Null by default: with <see cref="RoundStart.FreshOnMergedBase"/> there is no such adapter; with <see cref="RoundStart.WarmStart"/> it is the aggregate, and not cut.</value>
    /// <remarks>With <see cref="RoundStart.FreshOnMergedBase"/> it is written beside the aggregates, for clients that join late. With <see cref="RoundStart.ContinueGlobal"/> every aggregate is such already.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public int? CumulativeRank
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1, nameof(value));
            field = value;
        }
    }

    /// <summary>Gets the folder of the adapter that clients start from in the first round, and with fresh adapters in every round: for methods that freeze a factor, which all clients have to share.</summary>
    /// <value>Null by default: each client draws its own.</value>
    public string? InitialAdapter { get; init; }

    /// <summary>Gets the base model, for trainers: a name or folder.</summary>
    /// <value>Null by default: trainers know it.</value>
    public string? BaseModel { get; init; }

    /// <summary>Gets the hash of the state of the base model, from which the states of later rounds follow.</summary>
    /// <value>Null by default: <see cref="ModelState.OfName"/> of <see cref="BaseModel"/>.</value>
    public string? BaseState { get; init; }

    /// <summary>Gets the tensors of the base model, which updates have to fit; only their names and shapes are used. They stay the caller's.</summary>
    /// <value>Null by default: updates have to fit those of the most clients.</value>
    public TensorSet? Base { get; init; }

    /// <summary>Gets what one update may be at most.</summary>
    /// <value>The defaults of <see cref="UpdateLimits"/> by default.</value>
    public UpdateLimits Limits { get; init; } = new();

    /// <summary>Gets what becomes of updates that answer an earlier round.</summary>
    /// <value><see cref="StalePolicy.Refuse"/> by default.</value>
    public StalePolicy Stale { get; init; } = StalePolicy.Refuse;

    /// <summary>Gets what tells the time.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Gets what is called at each step that changes the run's folder, for tests that stop there.</summary>
    internal Action<string>? OnStep { get; init; }
}

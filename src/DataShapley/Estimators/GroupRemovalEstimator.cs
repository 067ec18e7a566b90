using DataShapley.Estimators.Truncations;
using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>SHED's scores (He et al., NeurIPS 2024): players leave in random groups until nobody is left; what each group's leaving costs is shared equally among its members, and a player's value is the mean of its shares.</summary>
/// <remarks>
/// <para>⌈n / group⌉ − 1 evaluations an iteration. Estimates the Shapley value of the player's group, divided by the group's size, averaged over random groups: not the player's own Shapley value unless groups have one player. Of an additive game's values it keeps the part (G−1)/(N−1) of each difference from the mean, G groups of N players; <see cref="Debias"/> undoes that. A player who changes nothing inherits its groups' values.</para>
/// <para>Where the value saturates, the step at which a group leaves decides more than its members: <see cref="Centre"/> removes that, and <c>permutation</c> or fixed-size sampling do better still.</para>
/// </remarks>
public sealed record GroupRemovalEstimator : SamplingEstimator<(double[] Shares, int[] Steps)>
{
    // The paper's: 60 of 3000 players leave at once.
    private const int DefaultSteps = 50;

    /// <summary>Creates the estimator.</summary>
    public GroupRemovalEstimator()
    {
    }

    internal GroupRemovalEstimator(IReadOnlyList<int[]> orders) => Orders = orders;

    /// <summary>Gets how many players a group has; the last group may be smaller.</summary>
    /// <value>1 or more; null by default: a fiftieth of the players, rounded up, as 60 of 3000 in the paper.</value>
    /// <exception cref="ArgumentOutOfRangeException">The size is below 1.</exception>
    public int? GroupSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1);
            field = value;
        }
    }

    /// <summary>Gets the groups, where they are not drawn anew in each iteration: clusters, say. Their order is drawn.</summary>
    /// <value>Null by default. Each player stands in one group; then <see cref="GroupSize"/> does not count.</value>
    /// <exception cref="ArgumentException">A group is empty, or a player is negative or named twice.</exception>
    public IReadOnlyList<int[]>? Groups
    {
        get;
        init
        {
            if (value is not null && (value.Any(group => group.Length == 0 || group.Min() < 0) || value.Sum(group => group.Length) != value.SelectMany(group => group).Distinct().Count()))
            {
                throw new ArgumentException("Groups have one player or more, counted from 0, and no player stands in two places.", nameof(value));
            }

            field = value;
        }
    }

    /// <summary>Gets how many iterations there are.</summary>
    /// <value>1 or more; 10 by default, as in the paper; null for as many as the budget or the stopping rule allows.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int? Iterations
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1);
            field = value;
        }
    } = 10;

    /// <summary>Gets whether groups leave or join.</summary>
    /// <value><see cref="GroupDirection.Removal"/> by default.</value>
    public GroupDirection Direction { get; init; }

    /// <summary>Gets when an iteration ends early: the players that are left share what is left equally.</summary>
    /// <value><see cref="TruncationPolicy.None"/> by default. It compares with the value of nobody, or of everybody where groups join.</value>
    public TruncationPolicy Truncation { get; init; } = TruncationPolicy.None;

    /// <summary>Gets whether the mean share of each step, over the iterations, is subtracted, so that the step does not count: (share − mean of its step) · k/(k−1) + mean, k iterations. The expectation stays; standard errors become approximate, as iterations share the means.</summary>
    /// <value>False by default. Does nothing below two iterations, and keeps all samples in memory.</value>
    public bool Centre { get; init; }

    /// <summary>Gets whether differences from the mean are multiplied by (N−1)/(G−1), which makes values of additive games unbiased. Ranks stay.</summary>
    /// <value>False by default. Needs two groups or more, drawn anew.</value>
    public bool Debias { get; init; }

    /// <summary>Gets whether values are those of the authors' code: a group's whole contribution, not a share of it, summed over the iterations, not averaged.</summary>
    /// <value>False by default. Excludes <see cref="Centre"/> and <see cref="Debias"/>. The code takes the value of nobody as 0: set <see cref="EvaluationOptions.EmptyValue"/>.</value>
    public bool SumsContributions { get; init; }

    /// <inheritdoc />
    public override string Name => "group_removal";

    /// <inheritdoc />
    public override Semivalue? Target => IsSingle && !SumsContributions ? Semivalue.Shapley : null;

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.Symmetric
        | (IsWhole ? EstimatorPromises.Linear : EstimatorPromises.None)
        | (IsWhole && IsSingle && !SumsContributions ? EstimatorPromises.Unbiased : EstimatorPromises.None)
        | (IsWhole && IsSingle && !Centre ? EstimatorPromises.NullPlayer : EstimatorPromises.None)
        | (IsWhole && !Centre ? EstimatorPromises.Intervals : EstimatorPromises.None)
        | (SumsContributions || (Centre && Groups is not null) ? EstimatorPromises.None : EstimatorPromises.Efficient);

    // Orders of removal instead of drawn ones: for tests against other programs.
    internal IReadOnlyList<int[]>? Orders { get; }

    private bool IsWhole => Truncation == TruncationPolicy.None;

    private bool IsSingle => Groups is null && GroupSize == 1;

    /// <inheritdoc />
    public override async Task<Sampling<(double[] Shares, int[] Steps)>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        int players = context.PlayerCount;
        int size = CheckedSize(players);
        Ends ends = await Ends.BeginAsync(context, before, cancellationToken).ConfigureAwait(false);
        return new GroupRemovalRun(this, context, ends, size);
    }

    /// <summary>Checks the settings against the game.</summary>
    /// <returns>The size of the groups.</returns>
    internal int CheckedSize(int players)
    {
        int size = GroupSize ?? (players + DefaultSteps - 1) / DefaultSteps;
        if (SumsContributions && (Centre || Debias))
        {
            throw new ValuationException(ValuationError.UnsuitableSettings, $"'{Name}' gives either sums of contributions, as SHED's code does, or centred or debiased means.");
        }

        if (Groups is { } groups && (groups.Sum(group => group.Length) != players || groups.Max(group => group.Max()) >= players))
        {
            throw new ValuationException(ValuationError.UnsuitableSettings, $"The groups of '{Name}' name {groups.Sum(group => group.Length)} players; they have to name each of the {players} of the game once.");
        }

        if (Groups is null && size > players)
        {
            throw new ValuationException(ValuationError.TooFewPlayers, $"Groups of {size} players are more than the game has: {players}. Set a group size of {players} at most.");
        }

        if (Debias && (Groups is not null || size == players))
        {
            throw new ValuationException(
                ValuationError.UnsuitableSettings, $"'{Name}' can tell players apart only where they are drawn into two groups or more: {(Groups is null ? $"a group has all {players} players" : "the groups are fixed")}. Do not debias.");
        }

        return size;
    }
}

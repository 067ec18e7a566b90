namespace DataShapley.Games;

/// <summary>A utility from a function.</summary>
public sealed class DelegateUtility : IUtility
{
    private readonly Func<UtilityRequest, CancellationToken, ValueTask<double>> _value;

    /// <summary>Creates a deterministic utility from a function of the coalition.</summary>
    /// <param name="id">What tells it from others, data and settings included.</param>
    /// <param name="playerCount">The number of players, 1 or more.</param>
    /// <param name="value">The value of a coalition; called from several threads.</param>
    public DelegateUtility(string id, int playerCount, Func<Coalition, double> value)
        : this(id, playerCount, (request, _) => new ValueTask<double>(value(request.Coalition))) =>
        ArgumentNullException.ThrowIfNull(value);

    /// <summary>Creates a utility from an asynchronous function of the request.</summary>
    /// <param name="id">What tells it from others, data and settings included.</param>
    /// <param name="playerCount">The number of players, 1 or more.</param>
    /// <param name="value">The value of a request; called from several threads.</param>
    public DelegateUtility(string id, int playerCount, Func<UtilityRequest, CancellationToken, ValueTask<double>> value)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentOutOfRangeException.ThrowIfLessThan(playerCount, 1);
        ArgumentNullException.ThrowIfNull(value);
        Id = id;
        PlayerCount = playerCount;
        _value = value;
    }

    /// <inheritdoc />
    public string Id { get; }

    /// <inheritdoc />
    public int PlayerCount { get; }

    /// <summary>Gets whether the value is a function of the coalition and its seed.</summary>
    /// <value>True by default.</value>
    public bool IsDeterministic { get; init; } = true;

    /// <summary>Gets the values it can take.</summary>
    /// <value>Null by default: not known.</value>
    public UtilityRange? Range { get; init; }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        double[] values = new double[requests.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = await _value(requests[i], cancellationToken).ConfigureAwait(false);
        }

        return values;
    }
}

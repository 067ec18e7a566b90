namespace DataShapley.Games;

/// <summary>A utility whose 2ⁿ values are known.</summary>
public sealed class TableUtility : IUtility
{
    private const int MostPlayers = 25;

    private readonly double[] _values;

    /// <summary>Creates a utility from its values.</summary>
    /// <param name="id">What tells it from others.</param>
    /// <param name="values">2ⁿ values, n from 1 to 25; bit i of the index is player i. They are copied.</param>
    /// <exception cref="ArgumentException">Their number is no such power of two.</exception>
    public TableUtility(string id, ReadOnlySpan<double> values)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        if (values.Length < 2 || !int.IsPow2(values.Length) || int.Log2(values.Length) > MostPlayers)
        {
            throw new ArgumentException($"A table has 2ⁿ values for n from 1 to {MostPlayers} players; this one has {values.Length}.", nameof(values));
        }

        Id = id;
        PlayerCount = int.Log2(values.Length);
        _values = values.ToArray();
    }

    /// <inheritdoc />
    public string Id { get; }

    /// <inheritdoc />
    public int PlayerCount { get; }

    /// <summary>Gets the range of the values in the table, or null where one is not finite.</summary>
    public UtilityRange? Range => _values.All(double.IsFinite) ? new UtilityRange(_values.Min(), _values.Max()) : null;

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return new ValueTask<IReadOnlyList<double>>([.. requests.Select(request => _values[(int)request.Coalition.Words[0]])]);
    }
}

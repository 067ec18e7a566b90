namespace ModelRuntime.Decoders.Mixtures;

/// <summary>What one router of a mixture has decided in a pass. Immutable.</summary>
public sealed class RouterDecisions
{
    private readonly Routes _routes;

    internal RouterDecisions(int layer, bool isOfSequences, Routes routes)
    {
        Layer = layer;
        IsOfSequences = isOfSequences;
        _routes = routes;
    }

    /// <summary>Gets the layer of the router; at model level, the first that it decides for.</summary>
    public int Layer { get; }

    /// <summary>Gets whether a row is a sequence of the batch, and not a token.</summary>
    public bool IsOfSequences { get; }

    /// <summary>Gets the number of rows: the tokens or the sequences of the batch.</summary>
    public int RowCount => _routes.RowCount;

    /// <summary>Gets the number of experts.</summary>
    public int ExpertCount => _routes.ExpertCount;

    /// <summary>Gets how many experts compute for a row.</summary>
    public int ChosenCount => _routes.ChosenCount;

    /// <summary>Returns the logits of all experts: [experts].</summary>
    /// <param name="row">The row, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<float> LogitsOf(int row) => _routes.Logits.AsSpan(Checked(row) * ExpertCount, ExpertCount);

    /// <summary>Returns the experts that compute, likeliest first, of equally likely ones the first: [chosen].</summary>
    /// <param name="row">The row, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<int> ExpertsOf(int row) => _routes.Experts.AsSpan(Checked(row) * ChosenCount, ChosenCount);

    /// <summary>Returns the weights of the experts that compute, which sum to 1: [chosen].</summary>
    /// <param name="row">The row, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<float> WeightsOf(int row) => _routes.Weights.AsSpan(Checked(row) * ChosenCount, ChosenCount);

    private int Checked(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, RowCount);
        return row;
    }
}

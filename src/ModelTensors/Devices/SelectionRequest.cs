namespace ModelTensors.Devices;

/// <summary>Asks for the elements of largest key.</summary>
/// <param name="Key">What is compared.</param>
/// <param name="Keep">How many elements to select: at least 1, at most all; ignored where <see cref="ShareOfNonZero"/> is given.</param>
/// <param name="Ties">Which of the tied elements are kept.</param>
public readonly record struct SelectionRequest(SelectionKey Key, long Keep, TieRule Ties = TieRule.Spread)
{
    /// <summary>Asks for the elements of largest magnitude of one input.</summary>
    /// <param name="input">The input's index.</param>
    /// <param name="keep">How many elements to select: at least 1, at most all.</param>
    /// <param name="ties">Which of the tied elements are kept.</param>
    public SelectionRequest(int input, long keep, TieRule ties = TieRule.Spread)
        : this(SelectionKey.Magnitude(input), keep, ties)
    {
    }

    /// <summary>Gets the share of the elements with a key above zero that is selected, rounded down; that may be none.</summary>
    /// <value>In [0, 1], or null, the default, for <see cref="Keep"/> elements.</value>
    public double? ShareOfNonZero { get; init; }
}

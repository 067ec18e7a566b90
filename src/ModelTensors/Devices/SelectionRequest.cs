namespace ModelTensors.Devices;

/// <summary>Asks for the elements of largest magnitude of one input.</summary>
/// <param name="Input">The input's index.</param>
/// <param name="Keep">How many elements to select: at least 1, at most all.</param>
/// <param name="Ties">Which of the tied elements are kept.</param>
public readonly record struct SelectionRequest(int Input, long Keep, TieRule Ties = TieRule.Spread);

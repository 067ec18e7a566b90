namespace ModelTensors;

/// <summary>A row of one of several matrices.</summary>
/// <param name="Matrix">The matrix's index.</param>
/// <param name="Row">The row in it.</param>
public readonly record struct RowOrigin(int Matrix, long Row);

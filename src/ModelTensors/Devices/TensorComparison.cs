namespace ModelTensors.Devices;

/// <summary>How two tensors differ, element by element as floats. NaN where an element that counts is not finite.</summary>
/// <param name="SquaredLeft">The sum of the squares of the first tensor.</param>
/// <param name="Product">The inner product of both.</param>
/// <param name="SquaredRight">The sum of the squares of the second tensor.</param>
/// <param name="SquaredDistance">The sum of the squared differences, each rounded to float.</param>
/// <param name="LargestDifference">The largest magnitude of a difference; 0 where there is none.</param>
/// <param name="ChangedElements">The number of elements that differ. Zeros of either sign are equal; NaNs are equal when their bits are.</param>
/// <param name="ChangedRows">The number of rows with an element that differs.</param>
public readonly record struct TensorComparison(
    double SquaredLeft,
    double Product,
    double SquaredRight,
    double SquaredDistance,
    float LargestDifference,
    long ChangedElements,
    long ChangedRows);

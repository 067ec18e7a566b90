using ModelTensors;

namespace ModelAggregation.Inspection;

/// <summary>How two checkpoints differ.</summary>
public sealed record CheckpointDifference
{
    /// <summary>Gets the tensors that both have in one shape, in the order of the first.</summary>
    public required IReadOnlyList<TensorDifference> Tensors { get; init; }

    /// <summary>Gets the tensors that both have but that cannot be compared.</summary>
    public required IReadOnlyList<UnlikeTensors> Unlike { get; init; }

    /// <summary>Gets the tensors that only the first has.</summary>
    public required IReadOnlyList<TensorInfo> OnlyInFirst { get; init; }

    /// <summary>Gets the tensors that only the second has.</summary>
    public required IReadOnlyList<TensorInfo> OnlyInSecond { get; init; }

    /// <summary>Gets the number of elements that were compared.</summary>
    public long ElementCount => Tensors.Sum(tensor => tensor.First.Shape.ElementCount);

    /// <summary>Gets the number of elements that differ.</summary>
    public long ChangedElements => Tensors.Sum(tensor => tensor.ChangedElements);

    /// <summary>Gets the number of compared tensors with an element that differs.</summary>
    public int ChangedTensors => Tensors.Count(tensor => tensor.ChangedElements > 0);

    /// <summary>Gets the Euclidean norm of all differences of floats taken as one vector.</summary>
    public double Distance => Math.Sqrt(Tensors.Sum(tensor => Square(tensor.Distance)));

    /// <summary>Gets <see cref="Distance"/> divided by the norm of the first checkpoint's compared floats; 0 where nothing has changed.</summary>
    public double RelativeDistance => Distance == 0 ? 0 : Distance / Math.Sqrt(Tensors.Sum(tensor => Square(tensor.FirstNorm)));

    /// <summary>Gets the cosine of the angle between the compared floats of both, each taken as one vector; NaN where one is zero.</summary>
    public double Cosine => Math.Clamp(
        Tensors.Sum(tensor => tensor.Product ?? 0)
            / (Math.Sqrt(Tensors.Sum(tensor => Square(tensor.FirstNorm))) * Math.Sqrt(Tensors.Sum(tensor => Square(tensor.SecondNorm)))),
        -1,
        1);

    /// <summary>Gets the largest magnitude of a difference of floats; 0 where there is none.</summary>
    public double LargestDifference => Tensors.Aggregate(0.0, (largest, tensor) => Math.Max(largest, tensor.LargestDifference ?? 0));

    /// <summary>Gets whether both have the same tensors, with the same types, shapes and values.</summary>
    public bool AreEqual =>
        OnlyInFirst.Count == 0 && OnlyInSecond.Count == 0 && Unlike.Count == 0
        && Tensors.All(tensor => tensor.ChangedElements == 0 && tensor.First.DataType == tensor.Second.DataType);

    private static double Square(double? value) => (value ?? 0) * (value ?? 0);
}

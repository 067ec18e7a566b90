namespace DataShapley.Datasets.Synthetic;

/// <summary>Points of which some are spoiled.</summary>
/// <param name="Points">The points, the spoiled ones among them.</param>
/// <param name="Corrupted">The indices of the spoiled ones, ascending.</param>
public sealed record CorruptedPoints(LabeledPoints Points, IReadOnlyList<int> Corrupted);

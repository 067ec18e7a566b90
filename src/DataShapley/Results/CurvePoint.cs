namespace DataShapley.Results;

/// <summary>A point of a curve of removal or addition.</summary>
/// <param name="Count">How many points are removed or added.</param>
/// <param name="Share">The share of all points that they are.</param>
/// <param name="Utility">The utility then; NaN where its evaluation failed and was skipped.</param>
public readonly record struct CurvePoint(int Count, double Share, double Utility);

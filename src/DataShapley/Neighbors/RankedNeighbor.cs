namespace DataShapley.Neighbors;

/// <summary>A row and how far it is.</summary>
internal readonly record struct RankedNeighbor(double Distance, int Row)
{
    /// <summary>Nearest first, ties to the lower row.</summary>
    public static void Sort(Span<RankedNeighbor> neighbors) => neighbors.Sort(static (left, right) =>
    {
        int order = left.Distance.CompareTo(right.Distance);
        return order != 0 ? order : left.Row.CompareTo(right.Row);
    });
}

namespace DataShapley.Results;

/// <summary>Which points go first.</summary>
public enum CurveOrder
{
    /// <summary>Those with the highest values.</summary>
    HighestFirst,

    /// <summary>Those with the lowest values.</summary>
    LowestFirst,

    /// <summary>Points in an order that the seed draws: what any order of values is to be compared with.</summary>
    Random,
}

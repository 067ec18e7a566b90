namespace LoraFederation.Aggregators;

/// <summary>What a method needs the updates to have in common.</summary>
public enum AggregatorNeeds
{
    /// <summary>Nothing: any mix of ranks.</summary>
    None,

    /// <summary>One rank for each module.</summary>
    EqualRanks,

    /// <summary>The same frozen factor A with all clients.</summary>
    SharedA,

    /// <summary>The same factor A, or the same factor B, whichever the round froze.</summary>
    SharedAOrB,

    /// <summary>The same frozen factors A and B, between which a small matrix is trained.</summary>
    SharedFactors,
}

namespace LoraFederation.Aggregators;

/// <summary>How <see cref="RoLoraAggregator"/> knows which factor a round froze.</summary>
public enum RoLoraSchedule
{
    /// <summary>It is the factor that is the same with all clients; A where both are.</summary>
    Detected,

    /// <summary>Rounds of even index freeze A and train B, which starts at zero; rounds of odd index the other way round.</summary>
    ByRound,
}

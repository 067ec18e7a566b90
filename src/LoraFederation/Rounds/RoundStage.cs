namespace LoraFederation.Rounds;

/// <summary>What a round does, in this order.</summary>
public enum RoundStage
{
    /// <summary>Clients train.</summary>
    Training,

    /// <summary>Updates are checked.</summary>
    Validating,

    /// <summary>Updates become one.</summary>
    Aggregating,

    /// <summary>The round is on the disk.</summary>
    Finished,
}

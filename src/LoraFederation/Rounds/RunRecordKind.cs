namespace LoraFederation.Rounds;

/// <summary>What a line of a run's journal says.</summary>
internal enum RunRecordKind
{
    /// <summary>The clients of a round are selected.</summary>
    Started,

    /// <summary>An update is in the run's folder.</summary>
    Received,

    /// <summary>An update was handed in that is not taken into the folder.</summary>
    Refused,

    /// <summary>A client has no update: it failed, or took too long.</summary>
    Lost,

    /// <summary>There was no quorum: clients without a valid update are asked once more.</summary>
    Failed,

    /// <summary>A round is complete on the disk.</summary>
    Finished,
}

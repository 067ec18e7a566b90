namespace LoraFederation;

/// <summary>The ways in which updates can be unfit to be aggregated.</summary>
public enum FederationError
{
    /// <summary>There are no updates, or fewer than the quorum.</summary>
    TooFewUpdates,

    /// <summary>Two updates have one client's name.</summary>
    DuplicateClient,

    /// <summary>A client's weight is negative or not finite, all are zero, or a client has none.</summary>
    Weights,

    /// <summary>An update was trained on another base model, or on another state of it.</summary>
    BaseMismatch,

    /// <summary>An update was made for another round.</summary>
    RoundMismatch,

    /// <summary>A module has other sizes than with the other clients.</summary>
    ShapeMismatch,

    /// <summary>A module is of another kind than with the other clients, or is stored the other way round.</summary>
    KindMismatch,

    /// <summary>A module or tensor is missing that the policy asks of every client.</summary>
    MissingModule,

    /// <summary>A tensor holds NaN or infinity.</summary>
    NonFinite,

    /// <summary>The method needs the same rank of all clients.</summary>
    RanksDiffer,

    /// <summary>The method needs a factor that is frozen and therefore the same with all clients; it is not.</summary>
    FrozenFactorDiffers,

    /// <summary>The method cannot be used with what the updates hold, such as a whole tensor or a bias.</summary>
    Unsupported,

    /// <summary>Numbers would be lost in the output's type.</summary>
    Underflow,

    /// <summary>A message of secure aggregation is missing, doubled, or not what it has to be.</summary>
    Protocol,

    /// <summary>A number is outside the range that was declared for it.</summary>
    OutOfRange,

    /// <summary>An update is no plain LoRA adapter that can be read in full: files are missing or damaged, or it is DoRA or the like.</summary>
    Unreadable,

    /// <summary>An update has a module that the base model does not have.</summary>
    UnknownModule,

    /// <summary>An update is over a limit: of rank, of bytes, or of examples.</summary>
    OverLimit,

    /// <summary>A client's trainer failed.</summary>
    DroppedOut,

    /// <summary>A client's trainer took longer than it may.</summary>
    TimedOut,

    /// <summary>A file of a run's folder is not what the run wrote.</summary>
    RunChanged,
}

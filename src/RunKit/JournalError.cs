namespace RunKit;

/// <summary>The ways in which a journal can be unusable.</summary>
public enum JournalError
{
    /// <summary>A line before the last is damaged, missing, or there twice: what happened after it cannot be told.</summary>
    Corrupt,

    /// <summary>The file is something else than a journal.</summary>
    NotAJournal,

    /// <summary>The journal is of a run with other settings.</summary>
    OtherRun,

    /// <summary>Another process has the journal open.</summary>
    InUse,
}

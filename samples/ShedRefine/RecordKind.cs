namespace ShedRefine;

/// <summary>What a record is, which no method is told.</summary>
internal enum RecordKind
{
    /// <summary>A right answer to a task that the base mostly fails.</summary>
    Useful,

    /// <summary>A right answer that the base knows, one of many copies.</summary>
    Redundant,

    /// <summary>A wrong answer.</summary>
    Poisoned,
}

namespace DataShapley.Sqlite;

/// <summary>The ways in which a cache can be unusable.</summary>
public enum UtilityCacheError
{
    /// <summary>The file is damaged: it is no database any more, or a row does not have the sum that was written with it.</summary>
    Corrupt,

    /// <summary>The file is something else than a cache: another database, or no database.</summary>
    NotACache,

    /// <summary>The cache was made by another version of this library.</summary>
    OtherVersion,

    /// <summary>Other processes kept the file locked for too long.</summary>
    Busy,

    /// <summary>The file cannot be opened, read or written.</summary>
    Inaccessible,
}

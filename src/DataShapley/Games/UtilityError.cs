namespace DataShapley.Games;

/// <summary>Why a value could not be had.</summary>
public enum UtilityError
{
    /// <summary>The utility threw; the inner exception says what.</summary>
    Failed,

    /// <summary>The value is NaN or infinite.</summary>
    NotFinite,

    /// <summary>The evaluation took longer than it may.</summary>
    TimedOut,

    /// <summary>The utility gave more or fewer values than it was asked for.</summary>
    WrongCount,
}

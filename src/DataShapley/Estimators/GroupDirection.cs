namespace DataShapley.Estimators;

/// <summary>Which way groups go.</summary>
public enum GroupDirection
{
    /// <summary>From everybody: groups leave, as in SHED.</summary>
    Removal,

    /// <summary>From nobody: groups join.</summary>
    Insertion,
}

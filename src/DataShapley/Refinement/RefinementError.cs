namespace DataShapley.Refinement;

/// <summary>Why a refinement cannot go on.</summary>
public enum RefinementError
{
    /// <summary>A file of an earlier stage is damaged or of another version.</summary>
    UnreadableFile,

    /// <summary>A file in the folder was made of other data or with other settings.</summary>
    OtherRun,

    /// <summary>The values are not one for each cluster.</summary>
    OtherClusters,

    /// <summary>No iteration of a run is whole.</summary>
    NothingFinished,
}

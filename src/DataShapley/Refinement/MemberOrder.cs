namespace DataShapley.Refinement;

/// <summary>In which order the records of a cluster are taken.</summary>
public enum MemberOrder
{
    /// <summary>The nearest to the centroid first; the lower index where two are equally near.</summary>
    NearestFirst,

    /// <summary>As in the data set, as the code that came with SHED does.</summary>
    FileOrder,
}

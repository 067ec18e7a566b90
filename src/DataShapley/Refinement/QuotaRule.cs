namespace DataShapley.Refinement;

/// <summary>How the records to choose are shared among classes.</summary>
public enum QuotaRule
{
    /// <summary>As evenly as the classes allow: what a small class lacks goes to the others.</summary>
    Equal,

    /// <summary>As the classes are in the data set, by largest remainders.</summary>
    Proportional,
}

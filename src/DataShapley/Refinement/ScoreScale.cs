namespace DataShapley.Refinement;

/// <summary>What scores are turned into before they become weights: the strength of weighting means nothing without it.</summary>
public enum ScoreScale
{
    /// <summary>Mean 0 and standard deviation 1 (of all clusters); all 0 where the scores are equal.</summary>
    Standardize,

    /// <summary>The ranks, evenly over [−1, 1]; equal scores share the mean of theirs.</summary>
    Rank,

    /// <summary>Divided by the largest magnitude; all 0 where it is 0.</summary>
    DivideByMaxAbs,

    /// <summary>As they are. The code that came with SHED weighs sums over k iterations of whole groups of n: of our mean shares, strength k·n.</summary>
    None,
}

namespace DataShapley.Estimators;

/// <summary>What an estimator promises of its values.</summary>
[Flags]
public enum EstimatorPromises
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Without an error, once its plan is done.</summary>
    Exact = 1,

    /// <summary>Their expectation is what is estimated.</summary>
    Unbiased = 2,

    /// <summary>They sum to v(all) − v(nobody), whatever was drawn.</summary>
    Efficient = 4,

    /// <summary>A player who never changes anything gets 0, whatever was drawn.</summary>
    NullPlayer = 8,

    /// <summary>With one seed, the values of a weighted sum of games are the weighted sum of their values.</summary>
    Linear = 16,

    /// <summary>Players who can be exchanged get the same value: of exact estimators to the bit or rounding, of others in expectation.</summary>
    Symmetric = 32,

    /// <summary>Standard errors come with the values, and intervals of Student's t cover at their level.</summary>
    Intervals = 64,
}

namespace DataShapley.Utilities;

/// <summary>How a classifier is measured on the test points; more is better.</summary>
public enum ProbeScore
{
    /// <summary>The share of points whose class is predicted, in [0, 1].</summary>
    Accuracy,

    /// <summary>The mean over the classes of the test points of the share that is predicted, in [0, 1].</summary>
    BalancedAccuracy,

    /// <summary>The mean logarithm of the probability of the true class, at most 0.</summary>
    NegativeLogLoss,
}

namespace DataShapley.Utilities;

/// <summary>How a regression is measured on the test points; more is better.</summary>
public enum RegressionScore
{
    /// <summary>The coefficient of determination R², at most 1; 0 for a model that always predicts the mean of the test points.</summary>
    Determination,

    /// <summary>The mean squared error, negated.</summary>
    NegativeMeanSquaredError,
}

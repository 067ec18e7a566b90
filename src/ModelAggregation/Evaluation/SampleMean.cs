namespace ModelAggregation.Evaluation;

/// <summary>The mean of a sample and its standard error, in two passes and a fixed order.</summary>
internal static class SampleMean
{
    /// <summary>Returns the mean, and s/√n; null for a sample of one, which says nothing of its spread.</summary>
    public static (double Mean, double? StandardError) Of(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        double mean = sum / values.Length;
        double squares = 0;
        foreach (double value in values)
        {
            squares = Math.FusedMultiplyAdd(value - mean, value - mean, squares);
        }

        return (mean, values.Length > 1 ? Math.Sqrt(squares / (values.Length - 1) / values.Length) : null);
    }
}

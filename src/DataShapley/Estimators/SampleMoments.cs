namespace DataShapley.Estimators;

/// <summary>The number of some independent samples, their mean, and their variance with count − 1 in the denominator.</summary>
internal readonly record struct SampleMoments(long Count, double Mean, double Variance)
{
    /// <summary>Computes moments from sums of x − shift and of its square.</summary>
    public static SampleMoments FromSums(long count, double sum, double squares, double shift)
    {
        double mean = count == 0 ? double.NaN : sum / count;
        double variance = count < 2 ? double.NaN : Math.Max(0, squares - (sum * mean)) / (count - 1);
        return new SampleMoments(count, mean + shift, variance);
    }
}

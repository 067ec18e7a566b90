namespace LoraFederation.Robustness;

/// <summary>Medians of a few numbers.</summary>
internal static class Medians
{
    /// <summary>Returns the middle number, the larger of two.</summary>
    public static double Upper(IReadOnlyList<double> values) => values.Order().ElementAt(values.Count / 2);
}

using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>The parameter of methods that select the largest entries: which of those that tie at the threshold are kept.</summary>
internal static class TiedSelection
{
    private const string LowestIndex = "lowest_index";

    public static MergeParameter TieBreak { get; } = new("tie_break", ParameterKind.Text, "spread")
    {
        Choices = ["spread", LowestIndex],
        Summary = "Which of the entries that tie at a threshold are kept: evenly spread ones, or those of lowest index.",
    };

    public static TieRule Rule(TensorMerge merge) =>
        string.Equals(merge.Parameters.Text(TieBreak.Name), LowestIndex, StringComparison.Ordinal) ? TieRule.LowestIndex : TieRule.Spread;
}

using ModelAggregation.Merging.Planning;

namespace ModelAggregation.Conformance;

/// <summary>A place where the result differs from the reference's on purpose. The documentation has the same table.</summary>
/// <param name="Id">The golden case, or a word for a difference that concerns many.</param>
/// <param name="Reason">Why.</param>
/// <param name="Result">What this library gives instead.</param>
internal sealed record Difference(string Id, string Reason, string Result)
{
    /// <summary>Gets the problem that planning reports, if that is the difference.</summary>
    public PlanProblemKind? Problem { get; init; }

    /// <summary>Gets whether <c>on_mismatch: skip</c> gives the reference's values.</summary>
    public bool SameWithSkip { get; init; }
}

internal static class Differences
{
    public static readonly IReadOnlyList<Difference> All =
    [
        new("020_linear_f32_2d_sumzero", "The weights sum to zero, so their mean is not defined; the reference writes infinities.", "An error while planning.")
        {
            Problem = PlanProblemKind.MethodRule,
        },
        new("046_slerp_f32_2d_single", "A model that lacks a tensor is most often a mistake.", "An error while planning; with `on_mismatch: skip` the reference's values.")
        {
            Problem = PlanProblemKind.MissingTensor, SameWithSkip = true,
        },
        new("150_task_arithmetic_f32_2d_baseonly", "A model that lacks a tensor is most often a mistake.", "An error while planning; with `on_mismatch: skip` the reference's values.")
        {
            Problem = PlanProblemKind.MissingTensor, SameWithSkip = true,
        },
        new("153_task_arithmetic_f32_vocab_notembed", "Models of other shapes would drop out of single tensors unnoticed.", "An error while planning; with `on_mismatch: skip` the reference's values.")
        {
            Problem = PlanProblemKind.ShapeMismatch, SameWithSkip = true,
        },
        new("180_ties_f32_one", "`floor(density * n)` is zero in a tensor of few elements; the reference stops the whole merge.", "The largest element is kept."),
        new("225_della_f32_col_col", "In a row of one entry the rank divides zero by zero; the reference stops the whole merge.", "The entry is kept with probability `density`."),
        new("zero-rows", "The reference fails where a token's row is to be zeros: `kind: zero`, and tokens that no model has.", "A row of zeros."),
        new("padding", "The reference cuts a padded embedding to the number of tokens unless `pad_to_multiple_of` is given.", "At least the rows of the model whose vocabulary it is; `pad_to_multiple_of: 1` cuts to the tokens."),
        new("rounding", "The reference rounds every step to `dtype`.", "Sums in float, reductions in double, one rounding to the output's type."),
        new("ties-at-the-threshold", "Which of equal magnitudes the reference keeps is left to its sort.", "Evenly spread ones, or with `tie_break: lowest_index` the first; as many as the reference keeps."),
        new("random-masks", "The reference draws from one generator in the order of its schedule.", "Draws are a function of seed, tensor and model: other masks with the same statistics, whatever the order, threads and shards."),
    ];

    public static readonly IReadOnlyDictionary<string, Difference> ById = All.ToDictionary(item => item.Id, StringComparer.Ordinal);
}

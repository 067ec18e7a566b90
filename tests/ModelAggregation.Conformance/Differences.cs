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

    /// <summary>Gets what computes the right values, if the reference's are wrong.</summary>
    public Func<GoldenCase, double[]>? Definition { get; init; }

    /// <summary>Gets whether the base model's tensor is what comes out instead.</summary>
    public bool GivesBase { get; init; }

    /// <summary>Gets whether <c>on_mismatch: skip</c> gives the reference's values.</summary>
    public bool SameWithSkip { get; init; }

    /// <summary>Gets whether values differ where the reference gives some, too.</summary>
    public bool OtherValues { get; init; }
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
        new("099_multislerp_f32_zero", "All models are zero there and have no direction; the reference stops the whole merge.", "Zeros."),
        new("104_multislerp_f32_equal_base", "All models equal the base there, as frozen layers do; the reference stops the whole merge.", "The base."),
        new("132_karcher_f32_vocab", "The reference cuts other methods' vocabularies to the rows that all models have, and stops here.", "The rows that all models have."),
        new("150_task_arithmetic_f32_2d_baseonly", "A model that lacks a tensor is most often a mistake.", "An error while planning; with `on_mismatch: skip` the reference's values.")
        {
            Problem = PlanProblemKind.MissingTensor, SameWithSkip = true,
        },
        new("153_task_arithmetic_f32_vocab_notembed", "Models of other shapes would drop out of single tensors unnoticed.", "An error while planning; with `on_mismatch: skip` the reference's values.")
        {
            Problem = PlanProblemKind.ShapeMismatch, SameWithSkip = true,
        },
        new("180_ties_f32_one", "`floor(density * n)` is zero in a tensor of few elements; the reference stops the whole merge.", "The largest element is kept."),
        new("217_breadcrumbs_f32_row_gammafloor", "`floor(gamma * n)` is zero; the reference then drops the whole task vector and returns the base.", "No outlier is dropped, and `floor(density * n)` elements are kept.")
        {
            Definition = Definitions.Breadcrumbs,
        },
        new("240_sce_f32_tiny", "Small task vectors get equal weights in the reference, whatever their sizes.", "Weights are the shares of the sum of squares at any scale.")
        {
            Definition = Definitions.Sce,
        },
        new("251_sce_f32_faint", "Small task vectors get equal weights in the reference, whatever their sizes.", "Weights are the shares of the sum of squares at any scale.")
        {
            Definition = Definitions.Sce,
        },
        new("306_sce_f32_one_k0.397", "No element is selected; the reference returns a tensor of another shape.", "The base model's tensor.") { GivesBase = true },
        new("318_sce_f32_equal_k0.285", "No element is selected; the reference returns a tensor of another shape.", "The base model's tensor.") { GivesBase = true },
        new("320_sce_f32_zero_k0.118", "No element is selected; the reference returns a tensor of another shape.", "The base model's tensor.") { GivesBase = true },
        new("327_sce_f32_2d_k0", "No element is selected; the reference returns a tensor of another shape.", "The base model's tensor.") { GivesBase = true },
        new("328_sce_f32_2d_baseonly", "A model that lacks a tensor is most often a mistake.", "An error while planning; with `on_mismatch: skip` the reference's values.")
        {
            Problem = PlanProblemKind.MissingTensor, SameWithSkip = true,
        },
        new("225_della_f32_col_col", "In a row of one entry the rank divides zero by zero; the reference stops the whole merge.", "The entry is kept with probability `density`."),
        new("zero-rows", "The reference fails where a token's row is to be zeros: `kind: zero`, and tokens that no model has.", "A row of zeros."),
        new("padding", "The reference cuts a padded embedding to the number of tokens unless `pad_to_multiple_of` is given.", "At least the rows of the model whose vocabulary it is; `pad_to_multiple_of: 1` cuts to the tokens."),
        new("238_model_stock_f32_tiny", "The reference takes the product of two norms for at least 1e-6, so small differences count as perpendicular.", "The cosine, whatever the norms.")
        {
            OtherValues = true,
        },
        new("249_model_stock_f32_faint", "The reference takes the product of two norms for at least 1e-6, so small differences count as perpendicular.", "The cosine, whatever the norms.")
        {
            OtherValues = true,
        },
        new("276_model_stock_f32_2d_baseonly", "A model that lacks a tensor is most often a mistake.", "An error while planning; with `on_mismatch: skip` the reference's values.")
        {
            Problem = PlanProblemKind.MissingTensor, SameWithSkip = true,
        },
        new("294_nearswap_f32_2d_single", "A model that lacks a tensor is most often a mistake.", "An error while planning; with `on_mismatch: skip` the reference's values.")
        {
            Problem = PlanProblemKind.MissingTensor, SameWithSkip = true,
        },
        new("antiparallel-vectors", "`nuslerp` of nearly opposite vectors multiplies rounding noise without bound; the reference's guard lets it through.", "With a cosine under -0.9995 the weighted mean, as `slerp` does."),
        new("opposed-differences", "`model_stock` divides by zero where the differences from the base cancel, and multiplies noise without bound nearby.", "With a denominator under 0.001 the base."),
        new("rounding", "The reference rounds every step to `dtype`.", "Sums in float, reductions in double, one rounding to the output's type."),
        new("ties-at-the-threshold", "Which of equal magnitudes the reference keeps is left to its sort.", "Evenly spread ones, or with `tie_break: lowest_index` the first; as many as the reference keeps."),
        new("random-masks", "The reference draws from one generator in the order of its schedule.", "Draws are a function of seed, tensor and model: other masks with the same statistics, whatever the order, threads and shards."),
    ];

    public static readonly IReadOnlyDictionary<string, Difference> ById = All.ToDictionary(item => item.Id, StringComparer.Ordinal);
}

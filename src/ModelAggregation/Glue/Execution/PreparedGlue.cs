using ModelAggregation.Merging;
using ModelAggregation.Zoo;

namespace ModelAggregation.Glue.Execution;

/// <summary>A recipe that was checked, with what it opens.</summary>
internal sealed record PreparedGlue(GluePlan Plan, ModelZoo Zoo, GlueEvaluators Evaluators, MergeMethodRegistry Methods, ModelMerger Merger)
{
    public GlueRecipe Recipe => Plan.Recipe;
}

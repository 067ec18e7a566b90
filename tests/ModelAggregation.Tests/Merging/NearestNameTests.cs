using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Tests.Merging;

/// <summary>The suggestions in errors, seen through unknown method names.</summary>
public sealed class NearestNameTests
{
    [TestCase("tise", "Did you mean 'ties'?")]
    [TestCase("TIES", "Did you mean 'ties'?")]
    [TestCase("dare-ties", "Did you mean 'dare_ties'?")]
    [TestCase("task_arithmatic", "Did you mean 'task_arithmetic'?")]
    [TestCase("sler", "Did you mean 'slerp'?")]
    [TestCase("x", "Known are arcee_fusion, breadcrumbs, breadcrumbs_ties, dare_ties, linear, passthrough, sce, slerp, task_arithmetic, ties.")]
    [TestCase("model_stock", "Known are arcee_fusion, breadcrumbs, breadcrumbs_ties, dare_ties, linear, passthrough, sce, slerp, task_arithmetic, ties.")]
    public void UnknownNames_SuggestTheNearest(string method, string expected)
    {
        MergePlanner planner = new(new FakeResolver(("a", FakeModel.Llama())), MergeMethodRegistry.CreateDefault());

        MergePlanException? error = Assert.Throws<MergePlanException>(() => planner.Plan(MergeRecipe.With(method).Model("a").Build()));

        Assert.That(error!.Problems, Has.Count.EqualTo(1));
        Assert.That(error.Message, Is.EqualTo($"Unknown merge method '{method}'. {expected}"));
    }
}

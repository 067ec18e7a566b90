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
    public void UnknownNames_SuggestTheNearest(string method, string expected) =>
        Assert.That(ErrorOf(method), Is.EqualTo($"Unknown merge method '{method}'. {expected}"));

    [TestCase("x")]
    [TestCase("git_rebasin")]
    public void UnknownNames_NearNone_ListAll(string method)
    {
        string all = string.Join(", ", MergeMethodRegistry.CreateDefault().Methods.Select(known => known.Name));

        Assert.That(ErrorOf(method), Is.EqualTo($"Unknown merge method '{method}'. Known are {all}."));
    }

    private static string ErrorOf(string method)
    {
        MergePlanner planner = new(new FakeResolver(("a", FakeModel.Llama())), MergeMethodRegistry.CreateDefault());

        MergePlanException? error = Assert.Throws<MergePlanException>(() => planner.Plan(MergeRecipe.With(method).Model("a").Build()));

        Assert.That(error!.Problems, Has.Count.EqualTo(1));
        return error.Message;
    }
}

using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;

namespace ModelAggregation.Conformance;

public sealed class DifferencesTests
{
    private const string Heading = "## Where the result differs on purpose";

    private static IEnumerable<string> SkippedIds() => Differences.All.Where(item => item.SameWithSkip).Select(item => item.Id);

    [Test]
    public void TheDocumentation_HasTheSameTable()
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "docs", "mergekit.md"));
        string[] rows = [.. lines
            .SkipWhile(line => !string.Equals(line, Heading, StringComparison.Ordinal))
            .Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith('|'))
            .Skip(2)];

        Assert.That(rows, Is.EqualTo(Differences.All.Select(item => $"| {item.Id} | {item.Reason} | {item.Result} |")));
    }

    [Test]
    public void EveryCaseInTheTable_IsOneOfTheVectors()
    {
        string[] ids = [.. GoldenCase.All.Select(item => item.Id)];

        Assert.That(Differences.All.Select(item => item.Id).Where(id => char.IsAsciiDigit(id[0])), Is.SubsetOf(ids));
    }

    [TestCaseSource(nameof(SkippedIds))]
    public void WhatIsSkippedOnRequest_IsAnErrorByDefault(string id)
    {
        MergePlanException error = Assert.Throws<MergePlanException>(
            () => MergeConformanceTests.MergeInMemory(GoldenCase.Find(id), MismatchPolicy.Error, 1, 65_536))!;

        Assert.That(error.Problems.Select(problem => problem.Kind), Does.Contain(Differences.ById[id].Problem!.Value));
    }
}

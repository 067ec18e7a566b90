using ModelAggregation.Stacking;

namespace Documentation.Tests.Snippets;

/// <summary>The snippet of the page on stacking.</summary>
public sealed class StackingSnippets
{
    [Test]
    public void StackTwo()
    {
        using WorkFolder work = new(nameof(StackTwo));
        string models = WorkFolder.Models;
        string output = work["deep"];

        // snippet: StackTwo
        StackingRecipe recipe = new() { Models = [$"{models}/a-reverse", $"{models}/a-add"], Method = StackMethod.Interleave };
        StackingReport report = new ModelStacker().Stack(recipe, output);
        Console.WriteLine($"{report.LayerCount} layers, {report.ParameterCount:N0} parameters");
        // end

        Assert.That((report.LayerCount, report.TensorCount), Is.EqualTo((6, 57)));
    }
}

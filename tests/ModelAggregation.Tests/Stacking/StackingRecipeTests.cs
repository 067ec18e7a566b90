using ModelAggregation.Merging.Recipes;
using ModelAggregation.Stacking;
using ModelTensors;

namespace ModelAggregation.Tests.Stacking;

public sealed class StackingRecipeTests
{
    [Test]
    public void ARecipe_IsReadAsItIsWritten()
    {
        StackingRecipe recipe = new() { Models = ["models/a", "b: c"], Method = StackMethod.Interleave, OutputDataType = DataType.BF16, TokenizerModel = "b: c" };
        StackingRecipe least = new() { Models = ["a", "a"] };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(StackingRecipe.Parse(recipe.ToYaml()), Is.EqualTo(recipe));
            Assert.That(StackingRecipe.Parse("models: [a, a]"), Is.EqualTo(least));
            Assert.That(least.ToYaml(), Is.EqualTo("models:\n- a\n- a\nmethod: stack\n"));
            Assert.That(recipe, Is.Not.EqualTo(least));
        }
    }

    [TestCase("models: [a]", 1, "at least two")]
    [TestCase("models: [a, b]\nmethod: pile", 2, "stack, interleave")]
    [TestCase("models: [a, b]\ndtype: int8", 2, "float32")]
    [TestCase("model: [a, b]", 1, "Did you mean 'models'")]
    [TestCase("method: stack", 1, "needs 'models'")]
    [TestCase("models: [a, b]\n---\nmodels: [a, b]", 3, "one YAML document")]
    public void AMistake_IsToldWithItsLine(string yaml, int line, string hint)
    {
        RecipeException error = Assert.Throws<RecipeException>(() => StackingRecipe.Parse(yaml))!;

        Assert.That((error.Line, error.Message), Is.EqualTo((line, error.Message)).And.Matches<(int, string Message)>(item => item.Message.Contains(hint, StringComparison.Ordinal)));
    }

    [Test]
    public void FewerThanTwoModels_AndIntegers_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new StackingRecipe { Models = ["a"] }, Throws.ArgumentException);
            Assert.That(() => new StackingRecipe { Models = ["a", " "] }, Throws.ArgumentException);
            Assert.That(() => new StackingRecipe { Models = ["a", "b"], OutputDataType = DataType.I8 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }
}

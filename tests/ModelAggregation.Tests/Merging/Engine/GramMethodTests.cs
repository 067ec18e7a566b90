using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using static ModelAggregation.Tests.Merging.Engine.MergeRig;

namespace ModelAggregation.Tests.Merging.Engine;

/// <summary>The methods that need inner products alone, on numbers that can be worked out by hand.</summary>
public sealed class GramMethodTests
{
    private static readonly double HalfRoot = Math.Sqrt(0.5);

    [TestCase(1, 1, 0.70710678, 1.41421356)] // t = 1/2: sin 45° / sin 90° of each
    [TestCase(2, 1, 0.86602540, 1)] // t = 1/3: sin 60°, sin 30°
    [TestCase(1, -1, 0.70710678, 1.41421356)] // weights that cancel: in the middle
    public void NuSlerp_OfPerpendicularVectors_TurnsByTheSecondsShare(double first, double second, double x, double y)
    {
        using TestModel a = W(1, 0);
        using TestModel b = W(0, 2);

        float[] actual = Values(MergeRecipe.With("nuslerp").Model("a", weight: first).Model("b", weight: second).Build(), ("a", a), ("b", b));

        Assert.That(actual, Is.EqualTo((double[])[x, y]).Within(1e-6));
    }

    // The rows are perpendicular, then parallel; the columns (1, 1) and (0, 1), at 45°, then (0, 0) and (3, 0), where zero has no direction.
    [TestCase(false, 0.70710678, 2.12132034, 1, 0)]
    [TestCase(true, 0.54119610, 2.12132034, 1.08239220, 0)]
    public void NuSlerp_OfRowsOrColumns_TurnsEachByItsOwnAngle(bool rowWise, params double[] expected)
    {
        using TestModel a = new TestModel().Add("w", DataType.F32, [2, 2], 1, 0, 1, 0);
        using TestModel b = new TestModel().Add("w", DataType.F32, [2, 2], 0, 3, 1, 0);

        float[] actual = Values(
            MergeRecipe.With("nuslerp").Model("a", weight: 1).Model("b", weight: 1)
                .Parameter("nuslerp_flatten", false).Parameter("nuslerp_row_wise", rowWise).Build(),
            ("a", a), ("b", b));

        // At 45°: sin 22.5° / sin 45° = 0.54119610 of each. With a zero vector the cosine is 0: sin 45° / sin 90° of each.
        Assert.That(actual, Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public void NuSlerp_WithABase_TurnsTheDifferences([Values] bool listed)
    {
        using TestModel origin = W(1, 1);
        using TestModel a = W(2, 1);
        using TestModel b = W(1, 3);
        MergeRecipeBuilder recipe = MergeRecipe.With("nuslerp").Base("base").Model("a", weight: 1).Model("b", weight: 1);

        float[] actual = Values((listed ? recipe.Model("base") : recipe).Build(), ("base", origin), ("a", a), ("b", b));

        // Differences (1, 0) and (0, 2).
        Assert.That(actual, Is.EqualTo((double[])[1 + HalfRoot, 1 + (2 * HalfRoot)]).Within(1e-6));
    }

    [Test]
    public void MultiSlerp_IsTheMeanDirectionAtTheMeanLength()
    {
        using TestModel a = W(3, 0);
        using TestModel b = W(0, 1);

        // Weights 1/4 and 3/4: the direction (1, 3) / √10, the length 3/4 + 3/4.
        float[] actual = Values(MergeRecipe.With("multislerp").Model("a", weight: 1).Model("b", weight: 3).Build(), ("a", a), ("b", b));

        Assert.That(actual, Is.EqualTo((double[])[1.5 / Math.Sqrt(10), 4.5 / Math.Sqrt(10)]).Within(1e-6));
    }

    [Test]
    public void MultiSlerp_KeepsTheCosineOfItsEpsilon()
    {
        using TestModel a = W(2, 0);
        using TestModel b = W(0, 2);

        // Directions 2 / 2.5: they have the length 0.8, which the mean direction does not see; the result is shorter by cos 0.5.
        float[] actual = Values(MergeRecipe.With("multislerp").Model("a", weight: 1).Model("b", weight: 1).Parameter("eps", 0.5).Build(), ("a", a), ("b", b));

        Assert.That(actual, Is.EqualTo((double[])[2 * HalfRoot * Math.Cos(0.5), 2 * HalfRoot * Math.Cos(0.5)]).Within(1e-6));
    }

    [Test]
    public void MultiSlerp_OfTwoDirectionsThatCancel_IsTheWeightedMean()
    {
        using TestModel a = W(3, -3);
        using TestModel b = W(-1, 1);

        float[] actual = Values(MergeRecipe.With("multislerp").Model("a", weight: 1).Model("b", weight: 1).Build(), ("a", a), ("b", b));

        Assert.That(actual, Is.EqualTo((float[])[1, -1]));
    }

    [Test]
    public void MultiSlerp_OfMoreDirectionsThatCancel_IsAnErrorThatNamesTheTensor()
    {
        using TestModel a = W(2, 0);
        using TestModel b = W(-1, 1.7320508f);
        using TestModel c = W(-1, -1.7320508f);
        MergeRecipe recipe = MergeRecipe.With("multislerp").Model("a", weight: 1).Model("b", weight: 1).Model("c", weight: 1).Build();

        // At 120° from each other, to the last bit of a float: what is left of their sum is rounding.
        MergeDataException error = Assert.Throws<MergeDataException>(() => Values(recipe, ("a", a), ("b", b), ("c", c)))!;

        Assert.That((error.Error, error.TensorName), Is.EqualTo((MergeDataError.DirectionsCancel, "w")));
    }

    [Test]
    public void MultiSlerp_WithWeightsThatSumToZero_IsRefusedWhilePlanning()
    {
        using TestModel a = W(1, 0);
        using TestModel b = W(0, 1);
        ModelMerger merger = Merger(("a", a), ("b", b));

        MergePlanException error = Assert.Throws<MergePlanException>(
            () => merger.Plan(MergeRecipe.With("multislerp").Model("a", weight: 1).Model("b", weight: -1).Build()).Dispose())!;

        Assert.That(error.Problems.Select(problem => problem.Kind), Is.EqualTo((PlanProblemKind[])[PlanProblemKind.MethodRule]));
    }

    [Test]
    public void Karcher_OfThreeDirections_IsTheirCentreAtTheirMeanLength()
    {
        using TestModel a = W(2, 0);
        using TestModel b = W(0, 3);
        using TestModel c = W(1, 0);

        // On a circle the centre is the mean angle: (0° + 90° + 0°) / 3 = 30°, at length 2.
        float[] actual = Values(
            MergeRecipe.With("karcher").Model("a").Model("b").Model("c").Parameter("tol", 1e-7).Parameter("max_iter", 100).Build(), ("a", a), ("b", b), ("c", c));

        Assert.That(actual, Is.EqualTo((double[])[Math.Sqrt(3), 1]).Within(1e-6));
    }

    [Test]
    public void Karcher_WithoutIterations_IsTheMeanDirection()
    {
        using TestModel a = W(2, 0);
        using TestModel b = W(0, 2);
        using TestModel c = W(2, 0);

        // The direction (2, 1) / √5.
        float[] actual = Values(
            MergeRecipe.With("karcher").Model("a").Model("b").Model("c").Parameter("max_iter", 0).Build(), ("a", a), ("b", b), ("c", c));

        Assert.That(actual, Is.EqualTo((double[])[4 / Math.Sqrt(5), 2 / Math.Sqrt(5)]).Within(1e-6));
    }

    [TestCase("a", "b", 2f)]
    [TestCase("b", "a", -2f)]
    public void Karcher_OfOppositeDirections_TakesTheFirstOfTheRecipe(string first, string second, float expected)
    {
        using TestModel a = W(3, 0);
        using TestModel b = W(-1, 0);

        float[] actual = Values(MergeRecipe.With("karcher").Model(first).Model(second).Build(), ("a", a), ("b", b));

        Assert.That(actual, Is.EqualTo((float[])[expected, 0]).Within(1).Ulps);
    }

    [Test]
    public void Karcher_OfAFractionOfIterations_IsRefused()
    {
        using TestModel a = W(1, 0);
        MergePlanException error = Assert.Throws<MergePlanException>(
            () => Values(MergeRecipe.With("karcher").Model("a").Model("b").Parameter("max_iter", 2.5).Build(), ("a", a), ("b", a)))!;
        Assert.That(error.Message, Does.Contain("'max_iter' is 2.5; it is a whole number."));
    }

    [Test]
    public void Karcher_AVanishingModelGivesNoDirection_ButCountsInTheLength()
    {
        using TestModel a = W(0, 4);
        using TestModel b = W(5e-6f, 0);

        float[] actual = Values(MergeRecipe.With("karcher").Model("a").Model("b").Build(), ("a", a), ("b", b));

        Assert.That(actual, Is.EqualTo((double[])[0, 2.0000025]).Within(1e-6));
    }

    [Test]
    public void ModelStock_GoesAsFarAsTheDifferencesAgree()
    {
        using TestModel origin = W(1, 1);
        using TestModel a = W(3, 1);
        using TestModel b = W(2, 2);

        // Differences (2, 0) and (1, 1): cos 45° = √½, t = 2·√½ / (1 + √½); their mean is (1.5, 0.5).
        float[] actual = Values(MergeRecipe.With("model_stock").Base("base").Model("a").Model("b").Build(), ("base", origin), ("a", a), ("b", b));

        double t = 2 * HalfRoot / (1 + HalfRoot);
        Assert.That(actual, Is.EqualTo((double[])[1 + (1.5 * t), 1 + (0.5 * t)]).Within(1e-6));
    }

    [Test]
    public void ModelStock_FilterWise_GoesAsFarAsEachRowAgrees()
    {
        using TestModel origin = new TestModel().Add("w", DataType.F32, [3, 2], new float[6]);
        using TestModel a = new TestModel().Add("w", DataType.F32, [3, 2], 1, 0, 1, 0, 2, 0);
        using TestModel b = new TestModel().Add("w", DataType.F32, [3, 2], 3, 0, 0, 1, 1, 1.7320508f);

        // Parallel rows: t = 1, their mean. Perpendicular: 0, the base. At 60°: t = 2·½ / 1½ = ⅔ of the mean (1.5, 0.866).
        float[] actual = Values(
            MergeRecipe.With("model_stock").Base("base").Model("a").Model("b").Parameter("filter_wise", true).Build(), ("base", origin), ("a", a), ("b", b));

        Assert.That(actual, Is.EqualTo((double[])[2, 0, 0, 0, 1, 0.57735027]).Within(1e-6));
    }

    [Test]
    public void ModelStock_WithOneModelBesidesTheBase_IsRefusedWhilePlanning()
    {
        using TestModel origin = W(1, 1).Add("v", 1, 1);
        using TestModel a = W(3, 1).Add("v", 2, 2);
        using TestModel b = W(2, 2);
        ModelMerger merger = Merger(("base", origin), ("a", a), ("b", b));

        MergePlanException error = Assert.Throws<MergePlanException>(
            () => merger.Plan(MergeRecipe.With("model_stock").Base("base").Model("a").Model("b").OnMismatch(MismatchPolicy.Skip).Build()).Dispose())!;

        Assert.That(error.Message, Does.Contain("v").And.Contain("two or more"));
    }

    [TestCase("nuslerp", "exactly 2 models besides a base model; the recipe has 1")]
    [TestCase("model_stock", "at least 3 models, the base model included; the recipe has 2")]
    public void TooFewModels_AreCountedWithoutAnOptionalBase_AndWithANeededOne(string method, string message)
    {
        using TestModel origin = W(1, 1);
        using TestModel a = W(3, 1);
        ModelMerger merger = Merger(("base", origin), ("a", a));
        MergeRecipeBuilder recipe = MergeRecipe.With(method).Base("base").Model("base");

        MergePlanException error = Assert.Throws<MergePlanException>(
            () => merger.Plan((method is "nuslerp" ? recipe.Model("a", weight: 1) : recipe.Model("a")).Build()).Dispose())!;

        Assert.That(error.Problems.Select(problem => problem.Message), Has.One.Contains(message));
    }
}

using ModelAggregation.Evaluation;
using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;

namespace ModelAggregation.Tests.Mixture.Routers;

public sealed class RouterInitializerTests
{
    private const int Layers = 3;
    private const int Hidden = 8;

    private static readonly MixtureRecipe Recipe = new()
    {
        Level = MixtureLevel.Block,
        DenseModel = "base",
        Experts =
        [
            new MixtureExpert("a") { PositivePrompts = ["reverse", "turn round", "backwards"], NegativePrompts = ["sort", "order"] },
            new MixtureExpert("b") { PositivePrompts = ["sort", "order"], NegativePrompts = ["reverse"] },
            new MixtureExpert("c") { PositivePrompts = ["add", "plus"] },
        ],
    };

    [TestCase(GateMode.Hidden)]
    [TestCase(GateMode.HiddenAverage)]
    [TestCase(GateMode.HiddenFeedForwardInput)]
    public async Task Hidden_IsTheUnitOfMeansLessThoseOfNegatives(GateMode mode)
    {
        FakeStates source = FakeStates.Hashed(Layers, Hidden);
        RouterInitialization made = await RouterInitializer.InitializeAsync(Recipe with { GateMode = mode }, Layers, Hidden, source);
        IReadOnlyList<PromptStates> all = await source.ReadAsync(["reverse", "turn round", "backwards", "sort", "order", "add", "plus"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(made.Routers, Has.Count.EqualTo(Layers));
            for (int layer = 0; layer < Layers; layer++)
            {
                double[][] expected =
                [
                    Unit(Enumerable.Range(0, Hidden).Select(i => Mean(layer, i, 0, 1, 2) - Mean(layer, i, 3, 4))),
                    Unit(Enumerable.Range(0, Hidden).Select(i => Mean(layer, i, 3, 4) - Mean(layer, i, 0))),
                    Unit(Enumerable.Range(0, Hidden).Select(i => Mean(layer, i, 5, 6))),
                ];
                for (int expert = 0; expert < 3; expert++)
                {
                    Assert.That(Row(made, layer, expert), Is.EqualTo(expected[expert]).Within(1e-7));
                }
            }
        }

        double Mean(int layer, int element, params int[] prompts) => prompts.Average(prompt => (double)State(all[prompt], layer)[element]);

        float[] State(PromptStates prompt, int layer) => mode switch
        {
            GateMode.Hidden => prompt.Last(layer).ToArray(),
            GateMode.HiddenAverage => prompt.Mean(layer).ToArray(),
            _ => prompt.FeedForwardLast(layer).ToArray(),
        };
    }

    [Test]
    public async Task CheapEmbed_IsTheSameInEveryLayerAndByHand()
    {
        FakeStates source = new(2, 2, prompt => new PromptStates(1, 2, new float[4], new float[4], prompt switch { "x" => [3, 0], "y" => [0, 4], _ => [0, -2] }));
        MixtureRecipe recipe = Recipe with
        {
            GateMode = GateMode.CheapEmbed,
            Experts = [new MixtureExpert("a") { PositivePrompts = ["x", "y"] }, new MixtureExpert("b") { PositivePrompts = ["y"], NegativePrompts = ["x"] }],
        };
        RouterInitialization made = await RouterInitializer.InitializeAsync(recipe, 2, 2, source);

        using (Assert.EnterMultipleScope())
        {
            for (int layer = 0; layer < 2; layer++)
            {
                Assert.That(Row(made, layer, 0), Is.EqualTo((double[])[.6, .8]).Within(1e-7));
                Assert.That(Row(made, layer, 1), Is.EqualTo((double[])[-Math.Sqrt(.5), Math.Sqrt(.5)]).Within(1e-7));
            }
        }
    }

    [Test]
    public async Task Prompts_OfSeveralExperts_AreRunOnce()
    {
        FakeStates source = FakeStates.Hashed(Layers, Hidden);
        await RouterInitializer.InitializeAsync(Recipe, Layers, Hidden, source);

        Assert.That(source.Asked, Is.EqualTo((string[])["reverse", "turn round", "backwards", "sort", "order", "add", "plus"]));
    }

    [Test]
    public async Task Levels_HaveARouterForEachMixedLayer_OrOne()
    {
        FakeStates source = FakeStates.Hashed(Layers, Hidden);
        RouterInitialization all = await RouterInitializer.InitializeAsync(Recipe, Layers, Hidden, source);
        RouterInitialization hybrid = await RouterInitializer.InitializeAsync(Recipe with { DenseLayers = 1 }, Layers, Hidden, source);
        RouterInitialization model = await RouterInitializer.InitializeAsync(Recipe with { DenseLayers = 2, Level = MixtureLevel.Model }, Layers, Hidden, source);
        RouterInitialization none = await RouterInitializer.InitializeAsync(Recipe with { DenseLayers = 3 }, Layers, Hidden, source);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(hybrid.Routers, Has.Count.EqualTo(2));
            Assert.That(Row(hybrid, 0, 1), Is.EqualTo(Row(all, 1, 1)));
            Assert.That(hybrid.Diagnostics.Layers.Select(layer => layer.Layer), Is.EqualTo((int[])[1, 2]));
            Assert.That(model.Routers, Has.Count.EqualTo(1));
            Assert.That(Row(model, 0, 2), Is.EqualTo(Row(all, 2, 2)));
            Assert.That(none.Routers, Is.Empty);
            Assert.That(await Assert.ThrowsAsync<ArgumentException>(async () => await RouterInitializer.InitializeAsync(Recipe with { DenseLayers = 4 }, Layers, Hidden, source)), Is.Not.Null);
            Assert.That(await Assert.ThrowsAsync<ArgumentException>(async () => await RouterInitializer.InitializeAsync(Recipe with { DenseLayers = 3, Level = MixtureLevel.Model }, Layers, Hidden, source)), Is.Not.Null);
        }
    }

    [Test]
    public async Task RandomModes_NeedNoSourceAndDependOnTheSeed([Values(GateMode.Random, GateMode.UniformRandom)] GateMode mode, [Values] RouterKind kind)
    {
        MixtureRecipe recipe = Recipe with { GateMode = mode, Router = kind, Seed = 5 };
        RouterInitialization first = await RouterInitializer.InitializeAsync(recipe, 2, 400, null);
        RouterInitialization again = await RouterInitializer.InitializeAsync(recipe, 2, 400, null);
        RouterInitialization other = await RouterInitializer.InitializeAsync(recipe with { Seed = 6 }, 2, 400, null);
        float[] weights = Weights(first, 0);
        double bound = mode is GateMode.UniformRandom ? 1 / Math.Sqrt(400) : double.PositiveInfinity;
        double deviation = mode is GateMode.UniformRandom ? bound / Math.Sqrt(3) : kind is RouterKind.Linear ? 1 : 1 / Math.Sqrt(400);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Weights(again, 0), Is.EqualTo(weights));
            Assert.That(Weights(first, 1), Is.Not.EqualTo(weights));
            Assert.That(Weights(other, 0), Is.Not.EqualTo(weights));
            Assert.That(weights.Max(Math.Abs), Is.LessThanOrEqualTo(bound));

            // Five deviations of a mean square of this many numbers.
            Assert.That(Math.Sqrt(weights.Average(weight => (double)weight * weight)), Is.EqualTo(deviation).Within(5 * deviation / Math.Sqrt(2 * weights.Length)));
            Assert.That(Math.Abs(weights.Average()), Is.LessThan(5 * deviation / Math.Sqrt(weights.Length)));
        }

        static float[] Weights(RouterInitialization made, int layer) => made.Routers[layer].Tensors[0].Value.ToSingles();
    }

    [Test]
    public async Task Fitted_LabelsPromptsWithTheirExperts([Values] RouterKind kind, [Values(MixtureLevel.FeedForward, MixtureLevel.Block)] MixtureLevel level)
    {
        FakeStates source = FakeStates.Hashed(Layers, Hidden);
        MixtureRecipe recipe = Recipe with { Level = level, GateMode = GateMode.Fitted, Router = kind, Pooling = RouterPooling.Last, DenseLayers = 1, RouterHiddenSize = 4 };
        RouterInitialization made = await RouterInitializer.InitializeAsync(recipe, Layers, Hidden, source, new RouterFittingOptions { Folds = 0, Penalty = 1e-4 });
        IReadOnlyList<PromptStates> states = await source.ReadAsync(["turn round", "order", "plus"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(made.Fits.Select(fit => (fit.Layer, fit.IsConverged, fit.Accuracy)), Is.EqualTo(new[] { (1, true, 1.0), (2, true, 1.0) }));
            Assert.That(made.Routers.Select(router => router.Kind), Is.All.EqualTo(kind));
            for (int expert = 0; expert < 3; expert++)
            {
                float[] state = level is MixtureLevel.FeedForward ? states[expert].FeedForwardLast(2).ToArray() : states[expert].Last(2).ToArray();
                Assert.That(made.Routers[1].Choose(state, 1).Experts[0], Is.EqualTo(expert));
            }
        }
    }

    [Test]
    public async Task Prompts_ThatTellNothing_AreRefused()
    {
        MixtureExpert[] same = [new("a") { PositivePrompts = ["x", "y"] }, new("b") { PositivePrompts = ["x", "y"] }];
        MixtureExpert[] missing = [new("a") { PositivePrompts = ["x"] }, new("b")];
        MixtureExpert[] against = [new("a") { PositivePrompts = ["x"] }, new("b") { PositivePrompts = ["y"], NegativePrompts = ["y"] }];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await Error(Recipe with { Experts = same }), Is.EqualTo(RouterError.PromptsIdentical));
            Assert.That(await Error(Recipe with { Experts = against }), Is.EqualTo(RouterError.PromptsIdentical));
            Assert.That(await Error(Recipe with { Experts = missing }), Is.EqualTo(RouterError.PromptsMissing));
            Assert.That(await Error(Recipe with { Router = RouterKind.Mlp }), Is.EqualTo(RouterError.Unsupported));
            Assert.That(await Error(Recipe with { GateMode = GateMode.Fitted, Pooling = RouterPooling.First }), Is.EqualTo(RouterError.StatesMissing));
        }
    }

    [Test]
    public async Task Sources_ThatDoNotFit_AreRefused()
    {
        FakeStates broken = new(Layers, Hidden, _ => new PromptStates(1, Hidden, [.. Enumerable.Repeat(float.NaN, Layers * Hidden)], new float[Layers * Hidden], new float[Hidden]));
        FakeStates lying = new(Layers, Hidden, _ => new PromptStates(1, 2, new float[4], new float[4], new float[2]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await Error(Recipe, null), Is.EqualTo(RouterError.SourceMissing));
            Assert.That(await Error(Recipe, FakeStates.Hashed(Layers, Hidden + 1)), Is.EqualTo(RouterError.SourceDiffers));
            Assert.That(await Error(Recipe, FakeStates.Hashed(Layers - 1, Hidden)), Is.EqualTo(RouterError.SourceDiffers));
            Assert.That(await Error(Recipe, lying), Is.EqualTo(RouterError.SourceDiffers));
            Assert.That(await Error(Recipe, broken), Is.EqualTo(RouterError.NotFinite));
            Assert.That(await Error(Recipe with { GateMode = GateMode.Fitted, Pooling = RouterPooling.Last }, broken), Is.EqualTo(RouterError.NotFinite));
            Assert.That(await Error(Recipe with { GateMode = GateMode.HiddenFeedForwardInput }, FakeStates.Hashed(Layers, Hidden, hasFeedForward: false)), Is.EqualTo(RouterError.StatesMissing));
            Assert.That(await Error(Recipe with { GateMode = GateMode.Fitted, Level = MixtureLevel.FeedForward }, FakeStates.Hashed(Layers, Hidden, hasFeedForward: false)), Is.EqualTo(RouterError.StatesMissing));
        }
    }

    [Test]
    public void Diagnostics_FindDependentEqualAndZeroRows()
    {
        RouterDiagnostics good = RouterDiagnostics.Of([new LinearRouter(2, 3, [3, 0, 0, 0, 1, 0])], 4);
        RouterDiagnostics bad = RouterDiagnostics.Of(
        [
            new LinearRouter(2, 2, [6, 0, 0, 1]),
            new LinearRouter(3, 2, [1, 2, 0, 1, 1, 2]),
            new LinearRouter(2, 2, [0, 0, 0, 1]),
            new MlpRouter(2, 1, 2, [1, 1], [0, 0], [1, 2, 1, 2], [0, 1]),
        ]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((good.Layers[0].Layer, good.IsDegenerate, good.Warnings.Count), Is.EqualTo((4, false, 0)));
            Assert.That(good.Layers[0].ConditionNumber, Is.EqualTo(3).Within(1e-12));
            Assert.That(bad.Layers[0].ConditionNumber, Is.EqualTo(6).Within(1e-12));
            Assert.That(bad.Layers[0].IsDegenerate);
            Assert.That(bad.Layers[1].IdenticalRows, Is.EqualTo(new[] { (0, 2) }));

            // Three rows in two dimensions have two singular values, whose squares have the sum 11 and the product 2.
            Assert.That(bad.Layers[1].ConditionNumber, Is.EqualTo(Math.Sqrt((11 + Math.Sqrt(121 - 8)) / (11 - Math.Sqrt(121 - 8)))).Within(1e-9));
            Assert.That(bad.Layers[2].ZeroRows, Is.EqualTo((int[])[0]));
            Assert.That(bad.Layers[2].ConditionNumber, Is.EqualTo(double.PositiveInfinity));
            Assert.That(bad.Layers[3].IdenticalRows, Has.Count.EqualTo(1));
            Assert.That(bad.Warnings, Has.Count.EqualTo(4));
            Assert.That(bad.Warnings[1], Does.Contain("experts 0 and 2"));
        }
    }

    private static Task<RouterError> Error(MixtureRecipe recipe) => Error(recipe, FakeStates.Hashed(Layers, Hidden));

    private static async Task<RouterError> Error(MixtureRecipe recipe, IHiddenStateSource? source) =>
        (await Assert.ThrowsAsync<RouterException>(async () => await RouterInitializer.InitializeAsync(recipe, Layers, Hidden, source)))!.Error;

    private static double[] Row(RouterInitialization made, int layer, int expert) => Array.ConvertAll(((LinearRouter)made.Routers[layer]).Row(expert).ToArray(), weight => (double)weight);

    private static double[] Unit(IEnumerable<double> values)
    {
        double[] vector = [.. values];
        double norm = Math.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => value / norm)];
    }
}

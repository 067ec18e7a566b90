using ModelAggregation.Evaluation;
using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;
using ModelAggregation.Mixture.Text;
using ModelAggregation.Tests.Mixture.Routers;

namespace ModelAggregation.Tests.Mixture.Text;

public sealed class HiddenStateRouterTests
{
    private static readonly TextRouterSettings Settings = new() { Model = "m", Layer = 1, Pooling = RouterPooling.Last, Router = new LinearRouter(2, 2, [1, 0, 0, 1]) };

    [TestCase(RouterPooling.Last, 1)]
    [TestCase(RouterPooling.Mean, 0)]
    public async Task Route_IsThatOfTheLayersPooledState(RouterPooling pooling, int expert)
    {
        FakeStates source = new(2, 2, _ => new PromptStates(3, 2, [9, 0, 1, 3], [0, 9, 5, 2], [0, 0]));
        await using HiddenStateRouter router = new(source, Settings with { Pooling = pooling });
        IReadOnlyList<TextRoute> routes = await router.RouteAsync(["a", "b"]);
        double gap = pooling is RouterPooling.Last ? 2 : 3;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(routes.Select(route => route.Expert), Is.EqualTo((int[])[expert, expert]));
            Assert.That(routes[0].Probabilities[expert], Is.EqualTo(1 / (1 + Math.Exp(-gap))).Within(1e-12));
            Assert.That(routes[0].Probabilities.Sum(), Is.EqualTo(1).Within(1e-12));
        }
    }

    [TestCase("abcdef", 4, "cdef")]
    [TestCase("abc", 4, "abc")]
    [TestCase("a\U0001F600bc", 3, "bc")]
    [TestCase("a\U0001F600bc", 4, "\U0001F600bc")]
    [TestCase("abc", null, "abc")]
    public async Task LongText_IsReadAtItsEnd(string text, int? most, string expected)
    {
        FakeStates source = FakeStates.Hashed(2, 2);
        await using HiddenStateRouter router = new(source, Settings with { MaxCharacters = most });
        await router.RouteAsync([text]);

        Assert.That(source.Asked, Is.EqualTo((string[])[expected]));
    }

    [Test]
    public async Task Sources_ThatDoNotFit_AreRefused()
    {
        FakeStates broken = new(2, 2, _ => new PromptStates(1, 2, [0, 0, float.NaN, 0], new float[4], new float[2]));
        await using HiddenStateRouter router = new(broken, Settings);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await Assert.ThrowsAsync<RouterException>(async () => await router.RouteAsync(["a"])))!.Error, Is.EqualTo(RouterError.NotFinite));
            Assert.That(() => new HiddenStateRouter(FakeStates.Hashed(1, 2), Settings), Throws.InstanceOf<RouterException>());
            Assert.That(() => new HiddenStateRouter(FakeStates.Hashed(2, 3), Settings), Throws.InstanceOf<RouterException>());
            Assert.That(() => Settings with { Pooling = RouterPooling.First }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Settings with { Layer = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Settings with { MaxCharacters = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        }

        await router.DisposeAsync();
        Assert.That(broken.Disposals, Is.EqualTo(1));
    }

    [Test]
    public async Task Fit_TakesTheLayerThatTells_AndReadsTextsAsTheRouterWill([Values] RouterKind kind)
    {
        // Layer 1 has the label in it, layer 0 does not.
        FakeStates source = new(2, 2, text => new PromptStates(1, 2, [1, text.Length, text[0] == 'a' ? 1 : -1, 1], new float[4], new float[2]));
        LabelledPrompt[] prompts = [.. Enumerable.Range(0, 20).Select(index => new LabelledPrompt($"__{(index % 2 == 0 ? 'a' : 'b')}{index:D3}", index % 2))];
        TextRouterFit fit = await TextRouterFit.FitAsync(source, "m", prompts, 2, RouterPooling.Last, maxCharacters: 4, new RouterFittingOptions { Kind = kind, InnerSize = 2 });
        await using HiddenStateRouter router = new(source, fit.Settings);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((fit.Settings.Layer, fit.Best.Layer, fit.Layers.Count, fit.Settings.MaxCharacters), Is.EqualTo((1, 1, 2, (int?)4)));
            Assert.That(fit.Best.HeldOutAccuracy, Is.EqualTo(1));
            Assert.That(source.Asked, Has.All.Length.EqualTo(4));
            Assert.That((await router.RouteAsync(["__a9", "a 999", "long text b000"])).Select(route => route.Expert), Is.EqualTo((int[])[1, 1, 1]));
            Assert.That((await router.RouteAsync(["a9"]))[0].Expert, Is.EqualTo(0));
        }
    }
}

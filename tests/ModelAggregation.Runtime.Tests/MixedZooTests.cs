using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelSdk.Testing;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Runtime.Tests;

/// <summary>Mixtures of the trained models as the engine computes them: what the builder makes is what the engine reads.</summary>
public sealed class MixedZooTests
{
    private const int Experts = 3;
    private static readonly MixtureBuilder Builder = new(new ModelResolver(new ModelResolverOptions { BaseFolders = [Zoo.Path()] }));
    private static readonly int[] Tokens = [1, .. "srt:cabde=abcde".Select(letter => (int)letter), 2];

    [Test]
    public void IdenticalExperts_ComputeWhatTheDenseModelDoes([Values] MixtureLevel level, [Values(0, 1, 2)] int denseLayers, [Values(1, 2, 3)] int chosen, [Values] RouterKind router)
    {
        MixtureRecipe recipe = new()
        {
            Level = level,
            DenseModel = "a-sort",
            Experts = [.. Enumerable.Repeat(new MixtureExpert("a-sort"), Experts)],
            DenseLayers = denseLayers,
            ExpertsPerToken = chosen,
            Router = router,
            Layout = level == MixtureLevel.FeedForward && chosen == 2 ? MixtureLayout.Packed : MixtureLayout.Classic,
            Input = level == MixtureLevel.FeedForward && chosen == 3 ? RouterInput.Sample : null,
            Pooling = chosen == 2 ? RouterPooling.Last : RouterPooling.Mean,
        };

        Assert.That(Distance(Logits(recipe, routers: null), Dense("a-sort")), Is.LessThan(1e-5));
    }

    [TestCase(MixtureLevel.FeedForward, MixtureLayout.Classic)]
    [TestCase(MixtureLevel.FeedForward, MixtureLayout.Packed)]
    [TestCase(MixtureLevel.Block, MixtureLayout.Classic)]
    [TestCase(MixtureLevel.Model, MixtureLayout.Classic)]
    public void RoutersThatAlwaysChooseAnExpert_GiveItsAnswers(MixtureLevel level, MixtureLayout layout)
    {
        MixtureRecipe recipe = new()
        {
            Level = level,
            DenseModel = "a-sort",
            Experts = [new("a-reverse"), new("a-sort"), new("a-add")],
            ExpertsPerToken = 1,
            Router = RouterKind.Mlp,
            Layout = layout,
        };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Distance(Logits(recipe, plan => Always(plan, expert: 1)), Dense("a-sort")), Is.LessThan(1e-5));
            Assert.That(Distance(Logits(recipe, plan => Always(plan, expert: 0)), Dense("a-sort")), Is.GreaterThan(0.1));
        }
    }

    [TestCase(MixtureLevel.FeedForward)]
    [TestCase(MixtureLevel.Block)]
    public void AllLayersDense_IsTheDenseModel(MixtureLevel level)
    {
        MixtureRecipe recipe = new() { Level = level, DenseModel = "a-sort", Experts = [new("a-reverse"), new("a-add")], DenseLayers = 3 };

        Assert.That(Distance(Logits(recipe, routers: null), Dense("a-sort")), Is.LessThan(1e-5));
    }

    [Test]
    public void LentWrittenAndConvertedMixtures_GiveTheSameBits()
    {
        using TestFolder folder = new();
        MixtureRecipe recipe = new() { Level = MixtureLevel.FeedForward, DenseModel = "a-base", Experts = [new("a-sort"), new("a-reverse") { NoiseScale = 0.01 }], DenseLayers = 1 };
        using MixturePlan plan = Builder.Plan(recipe);
        Router[] routers = Random(plan);
        Builder.Write(plan, routers, folder["classic"]);
        MixtureConverter.Convert(folder["classic"], MixtureLayout.Packed, folder["packed"]);
        using TensorSet lent = MixtureBuilder.Open(plan, routers);
        using DecoderModel inMemory = DecoderModel.Load(lent, Zoo.OneThread);
        using DecoderModel classic = DecoderModel.Load(folder["classic"], Zoo.OneThread);
        using DecoderModel packed = DecoderModel.Load(folder["packed"], Zoo.OneThread);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Logits(classic), Is.EqualTo(Logits(inMemory)));
            Assert.That(Logits(packed), Is.EqualTo(Logits(inMemory)));
        }
    }

    private static float[] Logits(MixtureRecipe recipe, Func<MixturePlan, Router[]>? routers)
    {
        using MixturePlan plan = Builder.Plan(recipe);
        using TensorSet lent = MixtureBuilder.Open(plan, (routers ?? Random)(plan));
        using DecoderModel model = DecoderModel.Load(lent, Zoo.OneThread);
        return Logits(model);
    }

    private static double Distance(float[] actual, float[] expected) => actual.Zip(expected, (own, other) => Math.Abs((double)own - other)).Max();

    private static float[] Dense(string name)
    {
        using DecoderModel model = DecoderModel.Load(Zoo.Path(name), Zoo.OneThread);
        return Logits(model);
    }

    private static float[] Logits(DecoderModel model)
    {
        using DecoderOutput output = model.Forward(TokenBatch.Of(Tokens));
        return output.Logits.ToSingles();
    }

    private static Router[] Random(MixturePlan plan)
    {
        Random random = new(3);
        return [.. Enumerable.Range(0, plan.RouterCount).Select(_ => Router(plan, _ => random.NextSingle() - 0.5f))];
    }

    private static Router[] Always(MixturePlan plan, int expert) => [.. Enumerable.Range(0, plan.RouterCount).Select(_ => Router(plan, bias => bias == expert ? 10 : 0))];

    // Of a router of two layers the last biases are the only weights that are told their number.
    private static Router Router(MixturePlan plan, Func<int, float> weight)
    {
        const int Inner = 4;
        return plan.Recipe.Router == RouterKind.Linear
            ? new LinearRouter(plan.ExpertCount, plan.HiddenSize, Values(plan.ExpertCount * plan.HiddenSize))
            : new MlpRouter(plan.ExpertCount, plan.HiddenSize, Inner, Values(Inner * plan.HiddenSize), Values(Inner), Values(plan.ExpertCount * Inner), [.. Enumerable.Range(0, plan.ExpertCount).Select(weight)]);

        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => weight(-1))];
    }
}

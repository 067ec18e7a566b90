using ModelRuntime.Decoders;
using ModelRuntime.Decoders.Mixtures;
using ModelTensors;

namespace ModelRuntime.Tests.Decoders.Mixtures;

/// <summary>What a router decides.</summary>
public sealed class RoutesTests
{
    // Two sequences of two tokens, and three experts.
    private static readonly float[] States = [1, 0, 0, 1, 2, 2, 0, 0];
    private static readonly float[] Gate = [1, 0, 0, 1, -1, 1];

    [Test]
    public void Decide_PooledStates_IsTheGoldenCase()
    {
        Routes routes = Decide(new MixtureConfig { ExpertCount = 3, RoutesSequences = true }, TokenBatch.Of((int[])[1, 1], (int[])[1, 1]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(routes.Logits, Is.EqualTo((float[])[0.5f, 0.5f, 0, 1, 1, 0]));
            Assert.That(routes.Experts, Is.EqualTo((int[])[0, 1, 0, 1]));
            Assert.That(routes.Weights, Is.EqualTo((float[])[0.5f, 0.5f, 0.5f, 0.5f]));
        }
    }

    [Test]
    public void Decide_AllExperts_GivesTheSoftmaxOfTheGoldenCase()
    {
        Routes routes = Decide(new MixtureConfig { ExpertCount = 3, ChosenCount = 3, RoutesSequences = true }, TokenBatch.Of((int[])[1, 1], (int[])[1, 1]));
        Assert.That(routes.Weights, Is.EqualTo((float[])[0.3837f, 0.3837f, 0.2327f, 0.4223f, 0.4223f, 0.1554f]).Within(5e-5));
    }

    [Test]
    public void Decide_EachToken_UsesItsOwnState()
    {
        Routes routes = Decide(new MixtureConfig { ExpertCount = 3 }, TokenBatch.Of((int[])[1, 1], (int[])[1, 1]));
        double likelier = 1 / (1 + Math.Exp(-1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(routes.Logits, Is.EqualTo((float[])[1, 0, -1, 0, 1, 1, 2, 2, 0, 0, 0, 0]));
            Assert.That(routes.Experts, Is.EqualTo((int[])[0, 1, 1, 2, 0, 1, 0, 1]), "of equal ones the first");
            Assert.That(routes.Weights[..4], Is.EqualTo((float[])[(float)likelier, (float)(1 - likelier), 0.5f, 0.5f]).Within(1).Ulps);
        }
    }

    [TestCase(PromptPooling.Mean, 0.5f)]
    [TestCase(PromptPooling.First, 1f)]
    [TestCase(PromptPooling.Last, 0f)]
    public void Decide_Pooling_TakesItsTokens(PromptPooling pooling, float first) =>
        Assert.That(Decide(new MixtureConfig { ExpertCount = 3, RoutesSequences = true, Pooling = pooling }, TokenBatch.Of((int[])[1, 1], (int[])[1, 1])).Logits[0], Is.EqualTo(first));

    [Test]
    public void Choose_LargeLogits_DoNotOverflow()
    {
        Routes routes = new(1, 3, 2);
        ((float[])[3e38f, -3e38f, 3e38f]).CopyTo(routes.Logits, 0);
        routes.Choose(0);
        Assert.That((routes.Experts, routes.Weights), Is.EqualTo(((int[])[0, 2], (float[])[0.5f, 0.5f])));
    }

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void Choose_LogitsThatAreNoNumbers_ChooseDifferentExpertsWithWeightsThatAreNone(float value)
    {
        Routes routes = new(1, 3, 3);
        ((float[])[value, 1, value]).CopyTo(routes.Logits, 0);
        routes.Choose(0);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(routes.Experts, Is.Unique);
            Assert.That(routes.Weights, Has.Some.NaN);
        }
    }

    private static Routes Decide(MixtureConfig mixture, TokenBatch batch)
    {
        using Compute compute = new(new RuntimeOptions { Threads = 1 });
        HostTensor gate = new(DataType.F32, new TensorShape(3, 2));
        Gate.CopyTo(gate.AsSpan<float>(0, 6));
        using Weight weight = new("gate.weight", gate);
        Rows states = compute.Rent(4, 2);
        States.CopyTo(states.Span);
        Router router = new(mixture, 0, new Linear(weight, bias: null), second: null);
        PassRouting routing = new(promptLengths: null, kept: null);
        return router.Decide(new Pass(compute, batch, [0, 1, 0, 1], Cache: null, CacheSequences: null, routing, FeedForwardInputs: null, DropoutSeed: null, CancellationToken.None), states);
    }
}

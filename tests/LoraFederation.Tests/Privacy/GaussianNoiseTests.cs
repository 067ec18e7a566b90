using LoraFederation.Aggregators;
using LoraFederation.Privacy;
using LoraFederation.Tests.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Privacy;

/// <summary>Noise: its distribution, how much of it there is, where it goes, and where it is refused.</summary>
public sealed class GaussianNoiseTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    private static IEnumerable<NoiseSource> Sources() => [NoiseSource.Seeded(1), NoiseSource.Cryptographic];

    [TestCaseSource(nameof(Sources))]
    public void Noise_HasTheMomentsOfANormal(NoiseSource source)
    {
        const int Count = 40_000;
        double[] noise = new double[Count];
        source.Fill("x", noise);

        // Deviations of the moments of n normals: 1/√n, √2/√n, √15/√n, √96/√n; six of them, for a source that is not seeded.
        double deviation = 6 / Math.Sqrt(Count);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(noise.Average(), Is.Zero.Within(deviation));
            Assert.That(noise.Average(x => x * x), Is.EqualTo(1).Within(deviation * Math.Sqrt(2)));
            Assert.That(noise.Average(x => x * x * x), Is.Zero.Within(deviation * Math.Sqrt(15)));
            Assert.That(noise.Average(x => x * x * x * x), Is.EqualTo(3).Within(deviation * Math.Sqrt(96)));
            Assert.That(noise.Skip(1).Zip(noise, (x, y) => x * y).Average(), Is.Zero.Within(deviation));
            Assert.That(noise.Count(x => x > 1.959964) / (double)Count, Is.EqualTo(0.025).Within(6 * Math.Sqrt(0.025 * 0.975 / Count)));
        }
    }

    [Test]
    public void SeededNoise_IsAFunctionOfItsName_TheOtherIsNot()
    {
        double[] Drawn(NoiseSource source, string name, int count)
        {
            double[] noise = new double[count];
            source.Fill(name, noise);
            return noise;
        }

        double[] once = Drawn(NoiseSource.Cryptographic, "a", 5);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Drawn(NoiseSource.Seeded(1), "a", 1300)[..700], Is.EqualTo(Drawn(NoiseSource.Seeded(1), "a", 700)));
            Assert.That(Drawn(NoiseSource.Seeded(1), "b", 5), Is.Not.EqualTo(Drawn(NoiseSource.Seeded(1), "a", 5)));
            Assert.That(Drawn(NoiseSource.Seeded(2), "a", 5), Is.Not.EqualTo(Drawn(NoiseSource.Seeded(1), "a", 5)));
            Assert.That(Drawn(NoiseSource.Cryptographic, "a", 5), Is.Not.EqualTo(once));
            Assert.That(NoiseSource.Seeded(1).IsPrivate, Is.False);
            Assert.That(NoiseSource.Cryptographic.IsPrivate);
        }
    }

    [Test]
    public void NoisyB_AddsTheSameNoiseInEveryDirectionOfA_OfTheDeviationItSays()
    {
        // m = 3000 rows, r = 2; weights 0.75 and 0.25, C = 2, z = 0.5: deviation 0.75. A is far from orthonormal.
        float[] a = [3, 0, 1, 0, 2.9f, 0, 1.1f, 0.1f];
        ClientUpdate[] updates = [Shared("x", a, 3), Shared("y", a, 1)];
        AggregationRecipe exact = new(new SharedAMean()) { Clipping = new UpdateClipping(2) };
        AggregationRecipe noisy = exact with { Aggregator = new NoisySharedAAggregator(new SharedAMean(), new GaussianMechanism(0.5) { Noise = NoiseSource.Seeded(3) }) };
        double[] noise =
        [
            .. Dense.Effect(new LoraFederator(Device).Aggregate(noisy, updates), "m").Zip(Dense.Effect(new LoraFederator(Device).Aggregate(exact, updates), "m"), (left, right) => left - right),
        ];

        // Orthonormal rows that span those of A, by Gram and Schmidt.
        double[] first = Normalized([.. a[..4].Select(value => (double)value)]);
        double along = first.Zip(a[4..], (x, y) => x * y).Sum();
        double[] second = Normalized([.. a[4..].Select((value, i) => value - (along * first[i]))]);
        double[] beside = Normalized([0, 1, 0, 0]);
        double[] Along(double[] direction) => [.. noise.Chunk(4).Select(row => row.Zip(direction, (x, y) => x * y).Sum())];
        double tolerance = 5 * Math.Sqrt(2.0 / 3000);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Along(first).Average(x => x * x) / (0.75 * 0.75), Is.EqualTo(1).Within(tolerance));
            Assert.That(Along(second).Average(x => x * x) / (0.75 * 0.75), Is.EqualTo(1).Within(tolerance));
            Assert.That(Along(first).Zip(Along(second), (x, y) => x * y).Average() / (0.75 * 0.75), Is.Zero.Within(5 / Math.Sqrt(3000)));
            Assert.That(Along(beside), Is.All.Zero.Within(1e-6));
        }
    }

    [Test]
    public void NoisySketch_OfAlmostNoNoise_IsTheSum([Range(0, 4)] int seed)
    {
        IReadOnlyList<ClientUpdate> updates = RandomFederation.Create(seed, AggregatorNeeds.None, clients: 2);
        AggregationRecipe recipe = new(new NoisySketchAggregator(64, new GaussianMechanism(1e-12))) { Clipping = new UpdateClipping(1e4) };
        AggregationResult result = new LoraFederator(Device).Aggregate(recipe, updates);
        Assert.That(result.Adapter.Modules.Select(module => Dense.RelativeError(Dense.Effect(result, module.Path), Dense.Sum(updates, module.Path))), Is.All.LessThan(1e-6));
    }

    [Test]
    public void NoisySketch_AddsNoiseOfTheDeviationItSays()
    {
        // Square and as wide as the module, the image loses nothing: Q Z − ΔW = Q N₂, with √2 · z C max p on each of 40 × 40 numbers.
        ClientUpdate[] updates = [Random(1, 40, 40, 3), Random(2, 40, 40, 4)];
        AggregationRecipe recipe = new(new NoisySketchAggregator(40, new GaussianMechanism(2) { Noise = NoiseSource.Seeded(4) })) { Clipping = new UpdateClipping(0.5) };
        AggregationResult noisy = new LoraFederator(Device).Aggregate(recipe, updates);
        AggregationResult exact = new LoraFederator(Device).Aggregate(AggregationRecipe.Flora with { Clipping = recipe.Clipping }, updates);
        double variance = Dense.Effect(noisy, "m").Zip(Dense.Effect(exact, "m"), (x, y) => (x - y) * (x - y)).Average();
        Assert.That(variance / (2 * Math.Pow(2 * 0.5 * 0.5, 2)), Is.EqualTo(1).Within(5 * Math.Sqrt(2.0 / 1600)));
    }

    [Test]
    public void NoisySketch_OfLittleNoise_FindsTheLargestComponents()
    {
        ClientUpdate[] updates = [Random(1, 60, 50, 2), Random(2, 60, 50, 2)];
        AggregationRecipe recipe = new(new NoisySketchAggregator(4, new GaussianMechanism(1e-4) { Noise = NoiseSource.Seeded(4) })) { Clipping = new UpdateClipping(10) };
        AggregationResult result = new LoraFederator(Device).Aggregate(recipe, updates);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Modules[0].Rank, Is.EqualTo(4));
            Assert.That(Dense.RelativeError(Dense.Effect(result, "m"), Dense.Sum(updates, "m")), Is.LessThan(0.05));
        }
    }

    [Test]
    public void Noise_OnFactorsThatAreMultiplied_IsRefused_WithTheReason()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (LoraAggregator method in (LoraAggregator[])[new FloraAggregator(), new FedItAggregator(), new TrimmedMeanAggregator()])
            {
                Assert.That(
                    () => new NoisySharedAAggregator(method, new GaussianMechanism(1)),
                    Throws.ArgumentException.With.Message.Contains($"'{method.Name}'").And.Message.Contains("neither Gaussian nor bounded").And.Message.Contains(nameof(NoisySketchAggregator)));
            }
        }
    }

    [Test]
    public void Noise_WithoutClipping_OrBesideABias_IsRefused()
    {
        ClientUpdate[] updates = [Random(1, 4, 4, 2)];
        AggregationRecipe recipe = new(new NoisySketchAggregator(2, new GaussianMechanism(1)));
        LoraModule module = updates[0].Adapter.Modules[0];
        ClientUpdate biased = new("a", new LoraAdapter([new LoraModule("m", module.Kind, module.A, module.B, 1, HostTensor.FromSingles([1f, 2, 3, 4], new TensorShape(4)).Source)]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new LoraFederator(Device).Aggregate(recipe, updates), Throws.TypeOf<FederationException>().With.Message.Contains("AggregationRecipe.Clipping"));
            Assert.That(() => new LoraFederator(Device).Aggregate(recipe with { Clipping = new UpdateClipping(1) }, [biased]), Throws.TypeOf<FederationException>().With.Message.Contains("bias"));
            Assert.That(() => new GaussianMechanism(double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new ExpectedCountWeighting(0), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public void NoisyB_BesideAnAOfDependentRows_IsRefused()
    {
        ClientUpdate update = Shared("x", [1, 2, 3, 4, 2, 4, 6, 8], 1);
        AggregationRecipe recipe = new(new NoisySharedAAggregator(new SharedAMean(), new GaussianMechanism(1))) { Clipping = new UpdateClipping(1) };
        Assert.That(() => new LoraFederator(Device).Aggregate(recipe, [update]), Throws.TypeOf<FederationException>().With.Message.Contains("full rank"));
    }

    [Test]
    public void ExpectedCount_DoesNotDependOnWhoIsThere()
    {
        ClientUpdate[] updates = [Random(1, 4, 4, 2), Random(2, 4, 4, 2), Random(3, 4, 4, 2)];
        AggregationRecipe recipe = AggregationRecipe.Flora with { Weights = new ExpectedCountWeighting(5) };
        double[] all = Dense.Effect(new LoraFederator(Device).Aggregate(recipe, updates), "m");
        double[] fewer = Dense.Effect(new LoraFederator(Device).Aggregate(recipe, updates[1..]), "m");
        Assert.That(all.Zip(fewer, (left, right) => left - right), Is.EqualTo(Dense.Product(updates[0].Adapter.Modules[0], 0.2)).Within(1e-6));
    }

    [Test]
    public void AdaptiveClipping_FollowsTheQuantile_ByHand()
    {
        // Three of four within C = 1, γ = 0.5, η = 0.2, next to no noise: C ← exp(−0.2 · 0.25).
        AdaptiveClipping clipping = new() { Norm = 1, CountNoise = 1e-9 };
        AdaptiveClipping next = clipping.Next(Report(1, 3, 4), NoiseSource.Seeded(1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(next.Norm, Is.EqualTo(Math.Exp(-0.05)).Within(1e-9));
            Assert.That(next.Round, Is.EqualTo(1));
            Assert.That(next.Clipping.Norm, Is.EqualTo(next.Norm));
            Assert.That(() => next.Next(Report(1, 3, 4)), Throws.ArgumentException);
        }
    }

    [Test]
    public void AdaptiveClipping_SettlesAtTheQuantile()
    {
        // Norms 1 to 100: with γ = 0.7 the clipping norm ends near 70.
        AdaptiveClipping clipping = new() { Quantile = 0.7, CountNoise = 5 };
        for (int round = 0; round < 200; round++)
        {
            clipping = clipping.Next(Report(clipping.Norm, Math.Clamp((int)clipping.Norm, 0, 100), 100), NoiseSource.Seeded(2));
        }

        // The count's deviation is 5 of 100, of which a round follows a fifth.
        Assert.That(clipping.Norm, Is.EqualTo(70).Within(6));
    }

    [Test]
    public void AdaptiveClipping_SplitsTheMultiplier_SoThatBothCostWhatOneDoes()
    {
        AdaptiveClipping clipping = new() { CountNoise = 4 };
        double updates = clipping.UpdateNoiseMultiplier(1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(updates, Is.EqualTo(1 / Math.Sqrt(1 - (1 / 64.0))).Within(1e-15));
            Assert.That(Math.Pow(updates, -2) + Math.Pow(2 * 4, -2), Is.EqualTo(1).Within(1e-15));
            Assert.That(() => clipping.UpdateNoiseMultiplier(8), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    private static ClippingReport Report(double norm, int within, int count) =>
        new(norm, Enumerable.Range(0, count).ToDictionary(i => $"client-{i}", _ => norm, StringComparer.Ordinal), within);

    private static ClientUpdate Shared(string client, float[] a, long examples) =>
        new(client, new LoraAdapter([RandomFederation.Module("m", 3000, 4, 2, a, RandomFederation.Normal(new Random((int)examples), 6000))]), examples);

    private static ClientUpdate Random(int seed, int outputs, int inputs, int rank)
    {
        Random random = new(seed);
        return new ClientUpdate($"client-{seed}", new LoraAdapter([RandomFederation.Module("m", outputs, inputs, rank, RandomFederation.Normal(random, rank * inputs), RandomFederation.Normal(random, outputs * rank))]));
    }

    private static double[] Normalized(double[] vector)
    {
        double norm = Math.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => value / norm)];
    }
}

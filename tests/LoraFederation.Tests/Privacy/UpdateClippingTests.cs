using LoraFederation.Aggregators;
using LoraFederation.Privacy;
using LoraFederation.Robustness;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Privacy;

/// <summary>Clipping of whole updates.</summary>
public sealed class UpdateClippingTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationContext Context = new(Device);

    [Test]
    public void Aggregate_OfALongUpdate_ShortensIt_OverAllModules_ByHand()
    {
        // [3] in one module and [4] in another are 5 long together: clipped to 1 they are 0.6 and 0.8. The other client's 0.5 stays.
        ClientUpdate longer = new("a", new LoraAdapter([RandomFederation.Module("m", 1, 1, 1, [3], [1]), RandomFederation.Module("n", 1, 1, 1, [1], [2], scaling: 2)]));
        ClientUpdate shorter = new("b", new LoraAdapter([RandomFederation.Module("m", 1, 1, 1, [0.5f], [1])]));
        AggregationResult result = new LoraFederator(Device).Aggregate(AggregationRecipe.Flora with { Clipping = new UpdateClipping(1) }, [longer, shorter]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Effect(result, "m")[0], Is.EqualTo((0.6 + 0.5) / 2).Within(1e-6));
            Assert.That(Dense.Effect(result, "n")[0], Is.EqualTo(0.4).Within(1e-6));
            Assert.That(result.Clipping!.Within, Is.EqualTo(1));
            Assert.That(result.Clipping.Norms, Is.EqualTo(new Dictionary<string, double>(StringComparer.Ordinal) { ["a"] = 5, ["b"] = 0.5 }));
        }
    }

    [Test]
    public void Apply_BoundsEveryNorm_AndKeepsDirections([Range(0, 4)] int seed, [Values(0.01, 1, 1000)] double norm)
    {
        Federation federation = Federation.Create(RandomFederation.Create(seed, AggregatorNeeds.None));
        UpdateGeometry before = UpdateGeometry.Of(federation, Context);
        (Federation clipped, ClippingReport report) = new UpdateClipping(norm).Apply(federation, Context);
        UpdateGeometry after = UpdateGeometry.Of(clipped, Context);
        using (Assert.EnterMultipleScope())
        {
            for (int client = 0; client < before.Count; client++)
            {
                Assert.That(after.Norm(client), Is.EqualTo(Math.Min(norm, before.Norm(client))).Within(1e-12).Percent);
                Assert.That(report.Norms[before.Clients[client]], Is.EqualTo(before.Norm(client)).Within(1e-12).Percent);
                Assert.That(after.Cosine(0, client), Is.EqualTo(before.Cosine(0, client)).Within(1e-12));
            }
        }
    }

    [Test]
    public void LeavingAClientOut_ChangesTheSumByTheNormTimesTheLargestWeightAtMost()
    {
        // The update of the client that counts most is as long as allowed: the bound is met, and C / K would have been too little.
        IReadOnlyList<ClientUpdate> updates = [Update("a", 30, 8), Update("b", -7, 1), Update("c", 11, 1)];
        AggregationRecipe recipe = AggregationRecipe.Flora with { Clipping = new UpdateClipping(2) };
        AggregationResult all = new LoraFederator(Device).Aggregate(recipe, updates);
        AggregationResult zeroed = new LoraFederator(Device).Aggregate(recipe, [Update("a", 0, 8), updates[1], updates[2]]);
        double change = Math.Abs(Dense.Effect(all, "m")[0] - Dense.Effect(zeroed, "m")[0]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(change, Is.EqualTo(2 * 0.8).Within(1e-6));
            Assert.That(change, Is.GreaterThan(2 / 3.0));
        }
    }

    [Test]
    public void Norm_ThatIsNone_IsRefused([Values(0, -1, double.NaN, double.PositiveInfinity)] double norm) =>
        Assert.That(() => new UpdateClipping(norm), Throws.TypeOf<ArgumentOutOfRangeException>());

    private static ClientUpdate Update(string client, float value, long examples) => new(client, new LoraAdapter([RandomFederation.Module("m", 1, 1, 1, [value], [1])]), examples);
}

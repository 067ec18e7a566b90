using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using LoraFederation.Privacy.SecureAggregation;
using LoraFederation.Privacy.Sketches;
using LoraFederation.Tests.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Privacy;

/// <summary>Linear sketches: exact where they are wide enough, sums in any case, and under masks.</summary>
public sealed class LinearSketchTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationContext Context = new(Device);

    [Test]
    public void Reconstruct_OfAWideEnoughSketch_IsTheSum([Values(12, 13, 30)] int rangeColumns, [Range(0, 4)] int seed)
    {
        // Ranks 3 + 4 + 5 = 12.
        using LowRankSum sum = Sum(seed, 40, 50, 3, 4, 5);
        LinearSketch sketch = new("m", 40, 50, rangeColumns, 7);
        SketchedProduct product = Sketched(sketch, sum);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.RelativeError(Product(product), Product(sum)), Is.LessThan(1e-6));
            Assert.That(product.RelativeError, Is.LessThan(1e-11));
        }
    }

    [Test]
    public void Reconstruct_InDouble_IsExactToTwelveDigits()
    {
        // What the factors' rounding to float hides: the images predict Ψ ΔW without it.
        using LowRankSum sum = Sum(3, 60, 64, 8, 8);
        Assert.That(Sketched(new LinearSketch("m", 60, 64, 16, 1), sum).RelativeError, Is.LessThan(1e-12));
    }

    [Test]
    public void Reconstruct_OfTooNarrowASketch_SaysHowFarOffItIs([Range(0, 9)] int seed)
    {
        using LowRankSum sum = Sum(seed, 60, 64, 10, 10);
        SketchedProduct product = Sketched(new LinearSketch("m", 60, 64, 12, (ulong)seed), sum);
        double error = Dense.RelativeError(Product(product), Product(sum));

        // The residual has l₂ − l₁ = 14 degrees of freedom for each direction that was lost, of which one may outweigh the others: a deviation of 1/√28, and as much of the fit's own.
        Assert.That(product.RelativeError, Is.EqualTo(error).Within(75).Percent.And.GreaterThan(0.01));
    }

    [Test]
    public void Reconstruct_OfNothing_IsZero()
    {
        using LowRankSum sum = new([new LowRankTerm(RandomFederation.Module("m", 5, 6, 1, new float[6], new float[5]), 1)]);
        SketchedProduct product = Sketched(new LinearSketch("m", 5, 6, 2, 1), sum);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Product(product), Is.All.Zero);
            Assert.That(product.RelativeError, Is.Zero);
        }
    }

    [Test]
    public void Images_AreLinear()
    {
        LinearSketch sketch = new("m", 9, 11, 5, 2);
        LoraModule first = Module(new Random(1), 9, 11, 2);
        LoraModule second = Module(new Random(2), 9, 11, 3);
        using LowRankSum one = new([new LowRankTerm(first, 0.25)]);
        using LowRankSum other = new([new LowRankTerm(second, -3)]);
        using LowRankSum both = new([new LowRankTerm(first, 0.25), new LowRankTerm(second, -3)]);
        double[] Images(LowRankSum sum)
        {
            (HostTensor range, HostTensor corange) = sketch.Apply(sum, Device);
            return [.. SketchBasis.ToArray(range, 1), .. SketchBasis.ToArray(corange, 1)];
        }

        Assert.That(Images(both), Is.EqualTo(Images(one).Zip(Images(other), (left, right) => left + right)).Within(1e-12));
    }

    [Test]
    public void Matrices_HaveTheMomentsTheySay()
    {
        using HostTensor matrix = SketchMatrix.Create(5, "m", "omega", 100, 200);
        double[] values = SketchBasis.ToArray(matrix, 1);

        // Uniform with variance 1: the mean of n has deviation 1/√n, that of squares √0.8/√n.
        using (Assert.EnterMultipleScope())
        {
            Assert.That(values.Average(), Is.Zero.Within(5 / Math.Sqrt(20_000)));
            Assert.That(values.Average(value => value * value), Is.EqualTo(1).Within(5 * Math.Sqrt(0.8 / 20_000)));
            Assert.That(values.Max(Math.Abs), Is.LessThan(Math.Sqrt(3)));
            Assert.That(SketchBasis.ToArray(SketchMatrix.Create(5, "n", "omega", 100, 200), 1), Is.Not.EqualTo(values));
        }
    }

    [TestCase(0, 0)]
    [TestCase(1, 1)]
    public void SecureSumOfSketches_IsTheExactMean_WhoeverDropsOut(int droppedEarly, int droppedLate)
    {
        ClientUpdate[] updates = [.. RandomFederation.Create(11, AggregatorNeeds.None, clients: 5)];
        int rank = updates.Sum(update => update.Adapter.Modules.Max(module => (int)module.Rank));
        SketchedModule[] modules = [.. updates.SelectMany(update => update.Adapter.Modules).DistinctBy(module => module.Path, StringComparer.Ordinal).Select(SketchedModule.Of)];
        SketchPayload payload = new(modules, rank, 99, valueRange: 1e4, largestWeight: 1000);
        SecureRound round = new("round-1", updates.Select(update => update.ClientId), 3, payload.Tensors);
        SecureSum sum = SecureSums.Run(
            round,
            updates.ToDictionary(update => update.ClientId, update => new Dictionary<string, double[]>(payload.Encode(update, update.Examples, Context), StringComparer.Ordinal), StringComparer.Ordinal),
            droppedEarly,
            droppedLate);
        LoraAdapter mean = payload.Decode(sum, Context);
        ClientUpdate[] left = updates[(droppedEarly + droppedLate)..];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sum.Clients, Is.EqualTo(left.Select(update => update.ClientId)));
            foreach (string path in left.SelectMany(update => update.Adapter.Modules).Select(module => module.Path).Distinct(StringComparer.Ordinal))
            {
                Assert.That(mean.TryGet(path, out LoraModule? module));
                Assert.That(Dense.RelativeError(Dense.Product(module!), Dense.Sum(left, path)), Is.LessThan(1e-6));
            }
        }
    }

    [Test]
    public void SecureSumOfB_IsTheExactMean()
    {
        ClientUpdate[] updates = [.. RandomFederation.Create(4, AggregatorNeeds.SharedA, clients: 4)];
        FactorPayload payload = new(new SharedAMean(), updates[0].Adapter, isFrozenA: true, valueRange: 100, largestWeight: 1000);
        SecureRound round = new("round-1", updates.Select(update => update.ClientId), 3, payload.Tensors);
        SecureSum sum = SecureSums.Run(
            round,
            updates.ToDictionary(update => update.ClientId, update => new Dictionary<string, double[]>(payload.Encode(update, update.Examples, Context), StringComparer.Ordinal), StringComparer.Ordinal),
            droppedLate: 1);
        LoraAdapter mean = payload.Decode(sum, Context);
        Assert.That(mean.Modules.Select(module => Dense.RelativeError(Dense.Product(module), Dense.Sum(updates[1..], module.Path))), Is.All.LessThan(1e-6));
    }

    [Test]
    public void SecureSumOfTheMiddle_IsTheMeanOfFedSb()
    {
        Random random = new(3);
        LoraAdapter frozen = new([Module(random, 6, 7, 2)]);
        ClientUpdate[] updates =
        [
            .. Enumerable.Range(1, 3).Select(i => new ClientUpdate(
                $"client-{i}", new LoraAdapter([FedSbAggregator.Join(frozen.Modules[0], HostTensor.FromSingles(RandomFederation.Normal(random, 4), new TensorShape(2, 2)), Device)]), i)),
        ];
        MiddlePayload payload = new(frozen, valueRange: 100, largestWeight: 10);
        SecureRound round = new("round-1", updates.Select(update => update.ClientId), 2, payload.Tensors);
        SecureSum sum = SecureSums.Run(
            round,
            updates.ToDictionary(update => update.ClientId, update => new Dictionary<string, double[]>(payload.Encode(update, update.Examples, Context), StringComparer.Ordinal), StringComparer.Ordinal),
            droppedLate: 1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(round.Length, Is.EqualTo(5));
            Assert.That(Dense.RelativeError(Dense.Product(payload.Decode(sum, Context).Modules[0]), Dense.Sum(updates[1..], "m")), Is.LessThan(1e-6));
            Assert.That(() => payload.Encode(new ClientUpdate("x", frozen), 1, Context), Throws.TypeOf<FederationException>().With.Message.Contains("between frozen factors"));
        }
    }

    [Test]
    public void Payload_OfMethodsThatAreNoSums_IsRefused_WithTheReason()
    {
        LoraAdapter start = RandomFederation.Create(4, AggregatorNeeds.SharedA)[0].Adapter;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new FactorPayload(new FloraAggregator(), start, true, 1, 1), Throws.ArgumentException.With.Message.Contains("'flora'").And.Message.Contains("side by side").And.Message.Contains(nameof(SketchPayload)));
            Assert.That(() => new FactorPayload(new FedItAggregator(), start, true, 1, 1), Throws.ArgumentException.With.Message.Contains("'fedit'"));
            Assert.That(() => new FactorPayload(new SharedAMean(), start, false, 1, 1), Throws.ArgumentException.With.Message.Contains("frozen B"));
        }
    }

    [Test]
    public void Payload_OfAnUpdateThatDoesNotFit_IsRefused()
    {
        ClientUpdate[] updates = [.. RandomFederation.Create(4, AggregatorNeeds.SharedA, clients: 2)];
        ClientUpdate other = RandomFederation.Create(5, AggregatorNeeds.SharedA)[0];
        FactorPayload payload = new(new SharedAMean(), updates[0].Adapter, true, 100, 10);
        SketchPayload sketches = new([SketchedModule.Of(updates[0].Adapter.Modules[0])], 4, 1, 100, 10);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => payload.Encode(other, 1, Context), Throws.TypeOf<FederationException>().With.Property(nameof(FederationException.Error)).EqualTo(FederationError.FrozenFactorDiffers));
            Assert.That(() => payload.Encode(updates[1], 11, Context), Throws.TypeOf<FederationException>().With.Property(nameof(FederationException.Error)).EqualTo(FederationError.Weights));
            Assert.That(() => payload.Encode(updates[1], double.NaN, Context), Throws.TypeOf<FederationException>());
            Assert.That(() => sketches.Encode(updates[1], 1, Context), Throws.TypeOf<FederationException>().With.Property(nameof(FederationException.Error)).EqualTo(FederationError.Unsupported));
        }
    }

    private static SketchedProduct Sketched(LinearSketch sketch, LowRankSum sum)
    {
        (HostTensor range, HostTensor corange) = sketch.Apply(sum, Device);
        return sketch.Reconstruct(range, corange, Device);
    }

    private static LowRankSum Sum(int seed, int rows, int columns, params int[] ranks)
    {
        Random random = new(seed);
        return new LowRankSum([.. ranks.Select(rank => new LowRankTerm(Module(random, rows, columns, rank), random.NextDouble() - 0.25))]);
    }

    private static LoraModule Module(Random random, int rows, int columns, int rank) =>
        RandomFederation.Module("m", rows, columns, rank, RandomFederation.Normal(random, rank * columns), RandomFederation.Normal(random, rows * rank));

    private static double[] Product(LowRankSum sum)
    {
        double[] coefficients = sum.ColumnCoefficients();
        double[] product = new double[sum.Rows * sum.Columns];
        for (int i = 0; i < product.Length; i++)
        {
            (long row, long column) = Math.DivRem(i, sum.Columns);
            for (int k = 0; k < sum.Rank; k++)
            {
                product[i] += coefficients[k] * sum.Left.AsSpan<float>((row * sum.Rank) + k, 1)[0] * sum.Right.AsSpan<float>((k * sum.Columns) + column, 1)[0];
            }
        }

        return product;
    }

    private static double[] Product(SketchedProduct product) => Dense.Product(new LoraModule("m", LoraModuleKind.Linear, product.A.Source, product.B.Source));
}

using LoraFederation.Aggregators;
using LoraFederation.Robustness;
using LoraFederation.Tests.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Robustness;

/// <summary>Inner products of whole updates, against products in full.</summary>
public sealed class UpdateGeometryTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationContext Context = new(Device);

    [Test]
    public void Products_AreThoseOfTheUpdatesInFull([Range(0, 9)] int seed)
    {
        Federation federation = Federation.Create(RandomFederation.Create(seed, AggregatorNeeds.None));
        UpdateGeometry geometry = UpdateGeometry.Of(federation, Context);
        double[][] full = [.. federation.Updates.Select(update => Full(federation, update))];
        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < full.Length; i++)
            {
                Assert.That(geometry.Norm(i), Is.EqualTo(Math.Sqrt(Inner(full[i], full[i]))).Within(1e-10).Percent);
                for (int j = 0; j < full.Length; j++)
                {
                    double distance = full[i].Zip(full[j], (x, y) => (x - y) * (x - y)).Sum();
                    Assert.That(geometry.Product(i, j), Is.EqualTo(Inner(full[i], full[j])).Within(1e-12 * geometry.Norm(i) * geometry.Norm(j)));
                    Assert.That(geometry.SquaredDistance(i, j), Is.EqualTo(distance).Within(1e-12 * (geometry.Product(i, i) + geometry.Product(j, j))));
                    Assert.That(geometry.Cosine(i, j), Is.EqualTo(Inner(full[i], full[j]) / geometry.Norm(i) / geometry.Norm(j)).Within(1e-12));
                }
            }
        }
    }

    [Test]
    public void Distances_DoNotDependOnHowAnUpdateIsFactored_ThoseOfFactorsDo()
    {
        // The same product written twice, (B G)(G⁻¹ A) with G = [[4 1] [0 0.125]]: nothing has changed, yet the factors lie more than three norms apart.
        float[] a = [0.5f, -0.25f, 1, 0.125f, 0.75f, -0.5f];
        float[] b = [1, 0.5f, -0.25f, 0.5f, 0.25f, -1, 0.5f, 0.75f];
        float[] movedA = new float[6];
        float[] movedB = new float[8];
        for (int column = 0; column < 3; column++)
        {
            // G⁻¹ = [[0.25 −2] [0 8]].
            movedA[column] = (0.25f * a[column]) - (2 * a[3 + column]);
            movedA[3 + column] = 8 * a[3 + column];
        }

        for (int row = 0; row < 4; row++)
        {
            movedB[2 * row] = 4 * b[2 * row];
            movedB[(2 * row) + 1] = b[2 * row] + (0.125f * b[(2 * row) + 1]);
        }

        UpdateGeometry geometry = UpdateGeometry.Of(
            Federation.Create([new("a", new LoraAdapter([RandomFederation.Module("m", 4, 3, 2, a, b)])), new("b", new LoraAdapter([RandomFederation.Module("m", 4, 3, 2, movedA, movedB)]))]), Context);
        double factors = a.Zip(movedA, Square).Concat(b.Zip(movedB, Square)).Sum();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(geometry.SquaredDistance(0, 1) / geometry.Product(0, 0), Is.LessThan(1e-14));
            Assert.That(geometry.Cosine(0, 1), Is.EqualTo(1).Within(1e-14));
            Assert.That(Math.Sqrt(factors) / geometry.Norm(0), Is.GreaterThan(3));
        }

        static double Square(float left, float right) => (left - right) * (double)(left - right);
    }

    [Test]
    public void Norms_CountBiases_ScaledLikeTheProducts()
    {
        LoraModule module = new(
            "m",
            LoraModuleKind.Linear,
            HostTensor.FromSingles([3f], new TensorShape(1, 1)).Source,
            HostTensor.FromSingles([1f], new TensorShape(1, 1)).Source,
            2,
            HostTensor.FromSingles([4f], new TensorShape(1)).Source);
        Assert.That(UpdateGeometry.Of(Federation.Create([new("a", new LoraAdapter([module]))]), Context).Norm(0), Is.EqualTo(10));
    }

    [Test]
    public void Of_UpdatesWithWholeTensors_IsRefused()
    {
        Dictionary<string, TensorSource> whole = new(StringComparer.Ordinal) { ["head.weight"] = HostTensor.FromSingles([1f], new TensorShape(1)).Source };
        ClientUpdate update = new("a", new LoraAdapter([RandomFederation.Module("m", 1, 1, 1, [1], [1])], whole));
        FederationException error = Assert.Throws<FederationException>(() => UpdateGeometry.Of(Federation.Create([update]), Context))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.Unsupported));
            Assert.That(error.Message, Does.Contain("'head.weight'"));
        }
    }

    private static double[] Full(Federation federation, ClientUpdate update) =>
        [.. federation.ModulePaths.SelectMany(path => update.Adapter.TryGet(path, out LoraModule? module) ? Dense.Product(module) : new double[Sizes(federation, path)])];

    private static int Sizes(Federation federation, string path) =>
        (int)federation.Updates.SelectMany(update => update.Adapter.Modules).First(module => string.Equals(module.Path, path, StringComparison.Ordinal)).UpdateShape.ElementCount;

    private static double Inner(double[] left, double[] right) => left.Zip(right, (x, y) => x * y).Sum();
}

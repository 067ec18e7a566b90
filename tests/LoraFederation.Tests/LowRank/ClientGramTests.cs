using FsCheck;
using LoraFederation.LowRank;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.LowRank;

public sealed class ClientGramTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 2 });

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public void OfModule_IsTheInnerProductsOfTheMatricesInFull(NonNegativeInt seed)
    {
        using LowRankSum sum = Sums.Any(seed.Get);
        double[][] products = [.. Enumerable.Range(0, sum.Coefficients.Count).Select(term => Sums.Product(sum, term))];

        ClientGram gram = ClientGram.OfModule(sum, FactorGrams.Compute(sum, Device), products.Length);

        double scale = products.Max(product => product.Sum(value => value * value));
        for (int i = 0; i < products.Length; i++)
        {
            Assert.That(gram.Norm(i), Is.EqualTo(Sums.Norm(products[i])).Within(1e-7 * Math.Sqrt(scale)));
            for (int j = 0; j < products.Length; j++)
            {
                double inner = products[i].Zip(products[j], (left, right) => left * right).Sum();
                Assert.That(gram[i, j], Is.EqualTo(inner).Within(1e-13 * scale), $"{i}, {j}");
                Assert.That(gram.SquaredDistance(i, j), Is.EqualTo(Math.Pow(Sums.Distance(products[i], products[j]), 2)).Within(1e-13 * scale));
                Assert.That(gram.Cosine(i, j), Is.InRange(-1, 1));
            }
        }
    }

    [Test]
    public void OfModule_DoesNotSeeHowAProductIsFactored()
    {
        // The same product twice: B A, and (8 B)(A / 8) with its components in another order.
        using LowRankSum sum = Sums.Of([1, 2, 16, 8, 3, 4, 32, 24], [1, 2, 3, 4, 5, 6, 0.5f, 0.625f, 0.75f, 0.125f, 0.25f, 0.375f], 2, 3, [2, 2], [1, 1]);
        ClientGram gram = ClientGram.OfModule(sum, FactorGrams.Compute(sum, Device), 2);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(gram.SquaredDistance(0, 1), Is.Zero);
            Assert.That(gram.Cosine(0, 1), Is.EqualTo(1));
        }
    }

    [Test]
    public void Add_OverModulesThatSomeClientsLack_IsThatOfTheWholeUpdates()
    {
        using LowRankSum first = Sums.Random(1, 5, 6, [2, 3], [1, -2]);
        using LowRankSum second = Sums.Random(2, 4, 3, [1, 2], [0.5, 1]);

        // Three clients: the first module belongs to 0 and 2, the second to 2 and 1.
        ClientGram both = ClientGram.OfModule(first, FactorGrams.Compute(first, Device), 3, [0, 2])
            .Add(ClientGram.OfModule(second, FactorGrams.Compute(second, Device), 3, [2, 1]));

        double[][] whole =
        [
            [.. Sums.Product(first, 0), .. new double[12]],
            [.. new double[30], .. Sums.Product(second, 1)],
            [.. Sums.Product(first, 1), .. Sums.Product(second, 0)],
        ];
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                Assert.That(both[i, j], Is.EqualTo(whole[i].Zip(whole[j], (left, right) => left * right).Sum()).Within(1e-13));
            }
        }

        double[] mixed = [.. whole[0].Select((value, i) => value - (2 * whole[1][i]) + (0.5 * whole[2][i]))];
        Assert.That(both.NormOfSum([1, -2, 0.5]), Is.EqualTo(Sums.Norm(mixed)).Within(1e-13));
        Assert.That(both.Cosine(0, 1), Is.Zero);
    }

    [Test]
    public void Cosine_OfAZeroUpdate_IsZero()
    {
        using LowRankSum sum = Sums.Random(1, 5, 6, [2, 3], [1, 0]);
        ClientGram gram = ClientGram.OfModule(sum, FactorGrams.Compute(sum, Device), 2);
        Assert.That(gram.Cosine(0, 1), Is.Zero);
    }

    [Test]
    public void OfModule_OfClientsThatDoNotFit_IsRefused()
    {
        using LowRankSum sum = Sums.Random(1, 5, 6, [2, 3], [1, 1]);
        FactorGrams grams = FactorGrams.Compute(sum, Device);
        ClientGram two = ClientGram.OfModule(sum, grams, 2);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => ClientGram.OfModule(sum, grams, 1), Throws.ArgumentException.With.Message.Contains("from 0 to 0"));
            Assert.That(() => ClientGram.OfModule(sum, grams, 3, [1, 1]), Throws.ArgumentException);
            Assert.That(() => ClientGram.OfModule(sum, grams, 3, [1]), Throws.ArgumentException);
            Assert.That(() => two.Add(ClientGram.OfModule(sum, grams, 3)), Throws.ArgumentException.With.Message.Contains("3 clients"));
            Assert.That(() => two.NormOfSum([1]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }
}

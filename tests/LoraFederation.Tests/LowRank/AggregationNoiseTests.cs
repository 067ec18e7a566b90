using FsCheck;
using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.LowRank;

/// <summary>What FedIT-like averages miss: measured from Gram matrices and in factored form, against matrices in full.</summary>
public sealed class AggregationNoiseTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 2 });

    [Test]
    public void Noise_OfTwoClientsOfRankOne_IsThatOnPaper()
    {
        // B = (1), (3); A = (2), (-1); halves: the sum is (2 - 3) / 2 = -1/2, the means 2 and 1/2: 1. The residual is -3/2.
        using LowRankSum sum = Sums.Of([1, 3], [2, -1], 1, 1, [1, 1], [0.5, 0.5]);
        AggregationNoise noise = AggregationNoise.Measure(sum, [0.5, 0.5], FactorGrams.Compute(sum, Device));
        using LowRankSum residual = AveragingResidual.Compute(sum, [0.5, 0.5]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(noise.ResidualNorm, Is.EqualTo(1.5).Within(1e-14));
            Assert.That(noise.SumNorm, Is.EqualTo(0.5).Within(1e-14));
            Assert.That(noise.Relative, Is.EqualTo(3).Within(1e-14));
            Assert.That(residual.Rank, Is.EqualTo(1));
            Assert.That(Sums.Product(residual)[0], Is.EqualTo(-1.5).Within(1e-7));
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public void Noise_IsTheWeightedCovariance_OfRankOneClientLess(NonNegativeInt seed, bool isMixed, bool isPartial)
    {
        using Clients clients = new(seed.Get, isMixed, isPartial);
        double[] expected = clients.Residual();
        double exact = Sums.Norm(Sums.Product(clients.Sum));

        AggregationNoise noise = AggregationNoise.Measure(clients.Sum, clients.Weights, FactorGrams.Compute(clients.Sum, Device));
        using LowRankSum residual = AveragingResidual.Compute(clients.Sum, clients.Weights);

        double scale = exact + Sums.Norm(expected);
        int counted = clients.Weights.Count(weight => weight > 0) - (isPartial ? 0 : 1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(noise.ResidualNorm, Is.EqualTo(Sums.Norm(expected)).Within(1e-7 * scale));
            Assert.That(noise.SumNorm, Is.EqualTo(exact).Within(1e-7 * scale));
            Assert.That(residual.Rank, Is.EqualTo(counted * clients.Ranks.Max()));
            Assert.That(Sums.Distance(Sums.Product(residual), expected), Is.LessThanOrEqualTo(1e-6 * scale));
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Noise_OfASharedFactor_IsZero(bool isLeft)
    {
        using LowRankSum sum = Sums.Random(3, 8, 7, [2, 2, 2], [0.5, 0.25, 0.25]);
        for (int row = 0; row < (isLeft ? 8 : 6); row++)
        {
            Span<float> values = isLeft ? sum.Left.AsSpan<float>(row * 6, 6) : sum.Right.AsSpan<float>(row * 7, 7);
            if (isLeft)
            {
                values[..2].CopyTo(values[2..]);
                values[..2].CopyTo(values[4..]);
            }
            else
            {
                sum.Right.AsSpan<float>(row % 2 * 7, 7).CopyTo(values);
            }
        }

        double[] weights = [0.5, 0.25, 0.25];
        AggregationNoise noise = AggregationNoise.Measure(sum, weights, FactorGrams.Compute(sum, Device));
        using LowRankSum residual = AveragingResidual.Compute(sum, weights);
        Assert.That(noise.Relative, Is.LessThan(1e-7));
        Assert.That(Sums.Norm(Sums.Product(residual)), Is.LessThan(1e-6));
    }

    [Test]
    public void Residual_OfOneClient_HasNoTerms_AndNoComponents()
    {
        using LowRankSum sum = Sums.Random(3, 8, 7, [3], [2]);
        using LowRankSum residual = AveragingResidual.Compute(sum, [1]);
        AggregationNoise noise = AggregationNoise.Measure(sum, [1], FactorGrams.Compute(sum, Device));
        using OrderedFactors factors = TruncatedSvd.Decompose(residual, Device);
        using OrderedFactors byQr = TruncatedSvd.Decompose(residual, Device, new TruncationOptions { Method = SvdMethod.Qr });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(residual.Rank, Is.Zero);
            Assert.That(factors.Rank, Is.Zero);
            Assert.That(byQr.Left.Shape, Is.EqualTo(new TensorShape(8, 0)));
            Assert.That(noise.Relative, Is.LessThan(1e-7));
        }
    }

    [Test]
    public void Combine_AddsSquares()
    {
        AggregationNoise noise = AggregationNoise.Combine([new(3, 6), new(4, 8), new(0, 0)]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(noise, Is.EqualTo(new AggregationNoise(5, 10)));
            Assert.That(noise.Relative, Is.EqualTo(0.5));
            Assert.That(new AggregationNoise(0, 0).Relative, Is.Zero);
            Assert.That(new AggregationNoise(1, 0).Relative, Is.EqualTo(double.PositiveInfinity));
        }
    }

    [Test]
    public void Weights_ThatDoNotFit_AreRefused()
    {
        using LowRankSum sum = Sums.Random(3, 8, 7, [3, 3], [1, 1]);
        FactorGrams grams = FactorGrams.Compute(sum, Device);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => AggregationNoise.Measure(sum, [1], grams), Throws.ArgumentException);
            Assert.That(() => AggregationNoise.Measure(sum, [0.5, 0.6], grams), Throws.ArgumentException.With.Message.Contains("0.6"));
            Assert.That(() => AveragingResidual.Compute(sum, [0.5, double.NaN]), Throws.ArgumentException);
            Assert.That(() => AveragingResidual.Compute(sum, [-0.5, 1]), Throws.ArgumentException);
            Assert.That(() => AveragingResidual.Compute(sum, [0, 1]), Throws.ArgumentException.With.Message.Contains("Term 0"));
        }
    }

    /// <summary>Clients with ranks, weights and scalings of both signs, and the residual by its definition.</summary>
    private sealed class Clients : IDisposable
    {
        private readonly double[] _scalings;

        public Clients(int seed, bool isMixed, bool isPartial)
        {
            Random random = new(seed);
            int count = random.Next(1, 6);
            int rank = random.Next(1, 5);
            Ranks = [.. Enumerable.Range(0, count).Select(_ => isMixed ? random.Next(1, 5) : rank)];
            double[] shares = [.. Ranks.Select((_, client) => client > 0 && random.Next(6) == 0 ? 0 : random.Next(1, 100))];
            double total = shares.Sum() * (isPartial ? 1.5 : 1);
            Weights = [.. shares.Select(share => share / total)];
            _scalings = [.. Ranks.Select(_ => (random.NextDouble() * 4) - 1)];
            Sum = Sums.Random(seed, random.Next(1, 20), random.Next(1, 20), Ranks, [.. Weights.Zip(_scalings, (weight, scaling) => weight * scaling)]);
        }

        public int[] Ranks { get; }

        public double[] Weights { get; }

        public LowRankSum Sum { get; }

        /// <summary>Returns Σ p_k s_k B_k A_k less the product of the means, element by element.</summary>
        public double[] Residual()
        {
            double[] residual = Sums.Product(Sum);
            for (int i = 0; i < residual.Length; i++)
            {
                (long row, long column) = (i / Sum.Columns, i % Sum.Columns);
                for (int component = 0; component < Ranks.Max(); component++)
                {
                    double left = 0;
                    double right = 0;
                    for (int client = 0; client < Ranks.Length; client++)
                    {
                        if (component < Ranks[client])
                        {
                            int k = Sum.StartOf(client) + component;
                            double root = Math.Sqrt(Math.Abs(_scalings[client]));
                            left += Weights[client] * root * Sum.Left.AsSpan<float>((row * Sum.Rank) + k, 1)[0];
                            right += Weights[client] * Math.CopySign(root, _scalings[client]) * Sum.Right.AsSpan<float>((k * Sum.Columns) + column, 1)[0];
                        }
                    }

                    residual[i] -= left * right;
                }
            }

            return residual;
        }

        public void Dispose() => Sum.Dispose();
    }
}

using LoraFederation.Privacy;

namespace LoraFederation.Tests.Privacy;

/// <summary>The accountant, against what others have published.</summary>
public sealed class RdpAccountantTests
{
    // The orders of the tutorial that the table comes from.
    private static readonly double[] TutorialOrders = [.. Enumerable.Range(1, 99).Select(x => 1 + (x / 10.0)), .. Enumerable.Range(12, 52).Select(x => (double)x)];

    /// <summary>The table and the log of TensorFlow Privacy's MNIST tutorial (tutorials/README.md, revision d435fcb of 2019-02-06): δ = 1e-5, batches of 256 of 60,000.</summary>
    [TestCase(1.3, 15, 1.19)]
    [TestCase(1.1, 60, 3.01)]
    [TestCase(0.7, 45, 7.10)]
    [TestCase(1.1, 1, 1.03)]
    [TestCase(1.1, 2, 1.11)]
    public void Guarantee_OfTheMnistTutorial_IsThatOfItsTable(double noiseMultiplier, int epochs, double epsilon)
    {
        RdpAccountant accountant = new RdpAccountant(TutorialOrders).Add(noiseMultiplier, 256 / 60_000.0, epochs * 60_000 / 256);
        Assert.That(accountant.Guarantee(1e-5, RdpConversion.Classic).Epsilon, Is.EqualTo(epsilon).Within(0.005001));
    }

    /// <summary>The figures of tensorflow_privacy's compute_dp_sgd_privacy_test.py, whose conversion is the tight one.</summary>
    [TestCase(60_000, 150, 1.3, 15, 1e-5, 0.7242234026109595, 19)]
    [TestCase(100_000, 100, 1.0, 30, 1e-7, 1.4154988495444842, 13)]
    [TestCase(100_000_000, 1024, 0.1, 10, 1e-7, 5907982.3113978775, 1.25)]
    public void Guarantee_OfTrainingRuns_IsThatOfTensorFlowPrivacy(int examples, int batch, double noiseMultiplier, int epochs, double delta, double epsilon, double order)
    {
        double[] orders = [1.25, 1.5, 1.75, 2, 2.25, 2.5, 3, 3.5, 4, 4.5, .. Enumerable.Range(5, 59).Select(x => (double)x), 128, 256, 512];
        long steps = (long)Math.Ceiling((double)epochs * examples / batch);
        PrivacyGuarantee guarantee = new RdpAccountant(orders).Add(noiseMultiplier, (double)batch / examples, steps).Guarantee(delta);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(guarantee.Epsilon, Is.EqualTo(epsilon).Within(1e-6).Percent);
            Assert.That(guarantee.Order, Is.EqualTo(order));
        }
    }

    /// <summary>The figures of dp_accounting's rdp_privacy_accountant_test.py: q = 0.01, σ = 2.5, 50 rounds. Its fractional orders are upper bounds; the whole ones are exact.</summary>
    [TestCase(5, 2.18075656e-03)]
    [TestCase(50, 2.38460375e-02)]
    [TestCase(100, 1.67416308e02)]
    public void Divergences_OfWholeOrders_AreThoseOfDpAccounting(double order, double divergence) =>
        Assert.That(new RdpAccountant([order]).Add(2.5, 0.01, 50).Divergences[0], Is.EqualTo(divergence).Within(1e-6).Percent);

    /// <summary>The same case in privacy/analysis/rdp_accountant_test.py (revision 01ab549), where fractional orders are exact, to the digits it gives.</summary>
    [TestCase(1.5, 0.00065)]
    [TestCase(2.5, 0.001085)]
    public void Divergences_OfFractionalOrders_AreThoseOfTensorFlowPrivacy(double order, double divergence) =>
        Assert.That(new RdpAccountant([order]).Add(2.5, 0.01, 50).Divergences[0], Is.EqualTo(divergence).Within(5e-7));

    /// <summary>The figures of privacy/analysis/rdp_accountant_test.py, whose conversion is the classic one.</summary>
    [Test]
    public void Guarantee_OfTenThousandRounds_IsThatOfTheClassicAccountant()
    {
        RdpAccountant accountant = new RdpAccountant(Enumerable.Range(2, 31).Select(order => (double)order)).Add(4, 0.01, 10_000);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(accountant.Guarantee(1e-5, RdpConversion.Classic), Is.EqualTo(new PrivacyGuarantee(1.258575, 1e-5, 20)).Using<PrivacyGuarantee>(AreNear));
            Assert.That(accountant.GuaranteeFor(1.258575, RdpConversion.Classic).Delta, Is.EqualTo(1e-5).Within(1e-3).Percent);
        }
    }

    [Test]
    public void Guarantee_OfHeterogeneousRounds_IsThatOfTheClassicAccountant()
    {
        double[] orders = [1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 64, 256];
        RdpAccountant accountant = new RdpAccountant(orders).Add(0.4, 1e-4, 40_000).Add(2, 0.1, 100);
        Assert.That(accountant.Guarantee(1e-5, RdpConversion.Classic), Is.EqualTo(new PrivacyGuarantee(8.509656, 1e-5, 2.5)).Using<PrivacyGuarantee>(AreNear));
    }

    [Test]
    public void Epsilon_OfAPureBound_IsTheTightConversionByHand()
    {
        // D = 1.1 for all orders up to 32, δ = 1e-5: 1.1 + ln(31/32) − ln(32e-5)/31.
        double byHand = 1.1 + Math.Log(31.0 / 32) - (Math.Log(32e-5) / 31);
        Assert.That(RdpAccountant.Epsilon(32, 1.1, 1e-5, RdpConversion.Tight), Is.EqualTo(byHand).Within(1e-14).And.EqualTo(1.32783806176).Within(1e-9));
    }

    [Test]
    public void Divergence_WithoutSampling_IsAlphaOverTwiceTheVariance([Values(1.5, 2, 7, 64.5)] double order, [Values(0.5, 1, 10)] double noiseMultiplier) =>
        Assert.That(new RdpAccountant([order]).Add(noiseMultiplier).Divergences[0], Is.EqualTo(order / (2 * noiseMultiplier * noiseMultiplier)));

    [Test]
    public void Divergence_OfWholeOrders_IsTheIntegral([Values(1e-4, 0.01, 0.3)] double rate, [Values(0.3, 1, 5)] double noiseMultiplier, [Values(2, 3, 20)] int order)
    {
        // Fractional orders are integrated, whole ones summed: just beside each other they have to agree.
        double below = SubsampledGaussian.Divergence(rate, noiseMultiplier, order - 1e-9) * (order - 1e-9 - 1);
        double above = SubsampledGaussian.Divergence(rate, noiseMultiplier, order + 1e-9) * (order + 1e-9 - 1);
        Assert.That(SubsampledGaussian.Divergence(rate, noiseMultiplier, order) * (order - 1), Is.EqualTo((below + above) / 2).Within(1e-5).Percent);
    }

    [Test]
    public void Divergence_OfLittleNoise_IsBoundedBetweenWholeOrders()
    {
        double[] divergences = [.. new[] { 2, 2.5, 3 }.Select(order => SubsampledGaussian.Divergence(0.1, 0.05, order) * (order - 1))];
        Assert.That(divergences[1], Is.EqualTo((divergences[0] + divergences[2]) / 2).Within(1e-9).Percent);
    }

    [Test]
    public void Guarantee_IsNeverBelowTheExactOneOfTheGaussian([Values(0.5, 1, 4)] double noiseMultiplier, [Values(0.1, 1, 3)] double epsilon)
    {
        // Balle and Wang 2018 (arXiv 1805.06530), theorem 8: the exact δ of the Gaussian mechanism.
        double mean = 1 / noiseMultiplier;
        double exact = NormalTail((epsilon / mean) - (mean / 2)) - (Math.Exp(epsilon) * NormalTail((epsilon / mean) + (mean / 2)));
        RdpAccountant accountant = new RdpAccountant().Add(noiseMultiplier);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(accountant.GuaranteeFor(epsilon).Delta, Is.GreaterThanOrEqualTo(exact));
            Assert.That(accountant.GuaranteeFor(epsilon).Delta, Is.LessThanOrEqualTo(accountant.GuaranteeFor(epsilon, RdpConversion.Classic).Delta));
        }
    }

    [Test]
    public void Add_OfRoundsTwice_IsAddOfTheirSum()
    {
        RdpAccountant twice = new RdpAccountant().Add(1.1, 0.01, 30).Add(1.1, 0.01, 70);
        Assert.That(twice.Divergences, Is.EqualTo(new RdpAccountant().Add(1.1, 0.01, 100).Divergences).Within(1e-9).Percent);
    }

    /// <summary>The figures of compute_noise_from_budget_test.py, whose conversion is the classic one.</summary>
    [TestCase(60_000, 150, 0.941870567, 15, 1e-5, 1.3)]
    [TestCase(100_000, 100, 1.70928734, 30, 1e-7, 1.0)]
    public void NoiseMultiplier_ForABudget_IsThatOfTensorFlowPrivacy(int examples, int batch, double epsilon, int epochs, double delta, double noiseMultiplier) =>
        Assert.That(
            RdpAccountant.NoiseMultiplier(epsilon, delta, (double)batch / examples, (long)epochs * examples / batch, RdpConversion.Classic),
            Is.EqualTo(noiseMultiplier).Within(0.01).Percent);

    [Test]
    public void NoiseMultiplier_IsEnough_AndNotMuchMore([Values(0.5, 2, 20)] double epsilon, [Values(0.01, 1)] double rate)
    {
        double noiseMultiplier = RdpAccountant.NoiseMultiplier(epsilon, 1e-6, rate, 50);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new RdpAccountant().Add(noiseMultiplier, rate, 50).Guarantee(1e-6).Epsilon, Is.LessThanOrEqualTo(epsilon));
            Assert.That(new RdpAccountant().Add(noiseMultiplier * 0.9999, rate, 50).Guarantee(1e-6).Epsilon, Is.GreaterThan(epsilon));
        }
    }

    [Test]
    public void NoiseMultiplier_ThatNoneIsEnoughFor_IsRefused() =>
        Assert.That(() => RdpAccountant.NoiseMultiplier(1e-3, 1e-9, 1, 1), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("conversion alone"));

    [Test]
    public void Arguments_OutsideTheirRange_AreRefused()
    {
        RdpAccountant accountant = new();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new RdpAccountant([1]), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new RdpAccountant([double.NaN]), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new RdpAccountant([]), Throws.ArgumentException);
            Assert.That(() => accountant.Add(0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => accountant.Add(double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => accountant.Add(1, 1.1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => accountant.Add(1, 1, -1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => accountant.Guarantee(0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => accountant.GuaranteeFor(double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    private static bool AreNear(PrivacyGuarantee left, PrivacyGuarantee right) =>
        Math.Abs(left.Epsilon - right.Epsilon) < 1e-5 && left.Order.Equals(right.Order) && left.Delta.Equals(right.Delta);

    private static double NormalTail(double x) => MathNet.Numerics.SpecialFunctions.Erfc(x / Math.Sqrt(2)) / 2;
}

namespace LoraFederation.Privacy;

/// <summary>The Rényi divergence of the Gaussian mechanism on a Poisson sample of the clients.</summary>
/// <remarks>
/// Mironov, Talwar and Zhang 2019, "Rényi Differential Privacy of the Sampled Gaussian Mechanism" (arXiv 1908.10530): <c>D_α = ln A_α / (α − 1)</c> with
/// <c>A_α = E[((1 − q) + q e^((2z − 1) / 2σ²))^α]</c> over z from N(0, σ²), section 3.3. What is summed here is A − 1, so that divergences far below the rounding
/// of 1 keep their digits.
/// </remarks>
internal static class SubsampledGaussian
{
    // Below this the grid would have millions of points; between whole orders ln A is convex, which bounds it from above.
    private const double SmallestIntegrated = 0.1;

    /// <summary>Returns D_α.</summary>
    /// <param name="samplingRate">q, in [0, 1].</param>
    /// <param name="noiseMultiplier">σ, above 0: the deviation of the noise over the sensitivity.</param>
    /// <param name="order">α, above 1.</param>
    public static double Divergence(double samplingRate, double noiseMultiplier, double order)
    {
        double variance = noiseMultiplier * noiseMultiplier;
        if (samplingRate == 0)
        {
            return 0;
        }

        if (samplingRate == 1)
        {
            return order / (2 * variance);
        }

        double whole = Math.Floor(order);
        if (whole.Equals(order))
        {
            return LogMomentOfWhole(samplingRate, variance, (int)order) / (order - 1);
        }

        if (noiseMultiplier >= SmallestIntegrated)
        {
            return Math.Max(0, LogMomentByIntegration(samplingRate, noiseMultiplier, order)) / (order - 1);
        }

        double below = whole > 1 ? LogMomentOfWhole(samplingRate, variance, (int)whole) : 0;
        double above = LogMomentOfWhole(samplingRate, variance, (int)whole + 1);
        return (below + ((order - whole) * (above - below))) / (order - 1);
    }

    /// <summary>ln A = ln(1 + Σ_k C(α, k) (1 − q)^(α−k) q^k (e^((k² − k) / 2σ²) − 1)): all terms are positive, those of k = 0 and 1 are zero.</summary>
    private static double LogMomentOfWhole(double samplingRate, double variance, int order)
    {
        double logRate = Math.Log(samplingRate);
        double logRest = PreciseMath.LogOnePlus(-samplingRate);
        double logBinomial = Math.Log(order);
        double sum = double.NegativeInfinity;
        for (int k = 2; k <= order; k++)
        {
            logBinomial += Math.Log((order - k + 1.0) / k);
            double exponent = (double)k * (k - 1) / (2 * variance);
            sum = PreciseMath.LogSum(sum, logBinomial + ((order - k) * logRest) + (k * logRate) + PreciseMath.LogExpMinusOne(exponent));
        }

        return PreciseMath.LogOnePlusExp(sum);
    }

    /// <summary>ln A by the trapezoid rule, which for such functions converges faster than any power of the step.</summary>
    private static double LogMomentByIntegration(double samplingRate, double noiseMultiplier, double order)
    {
        // The integrand is analytic in a strip of half-width πσ² and falls like a Gaussian: with these steps the error is below e^-38 of A, and so is what lies
        // beyond the ends, where it is at most 2^α times a Gaussian about 0 or about α.
        double variance = noiseMultiplier * noiseMultiplier;
        double step = Math.Min(noiseMultiplier / 8, variance / 2);
        double reach = (12 + Math.Sqrt(2 * order)) * noiseMultiplier;
        long first = (long)Math.Floor(-reach / step);
        long last = (long)Math.Ceiling((order + reach) / step);
        double logScale = double.NegativeInfinity;
        for (long i = first; i <= last; i++)
        {
            (double logDensity, double logPower) = Integrand(i * step);
            logScale = Math.Max(logScale, logDensity + Math.Max(0, logPower));
        }

        double sum = 0;
        for (long i = first; i <= last; i++)
        {
            (double logDensity, double logPower) = Integrand(i * step);
            sum += logPower > 1
                ? Math.Exp(logDensity + logPower - logScale) * (1 - Math.Exp(-logPower))
                : Math.Exp(logDensity - logScale) * PreciseMath.ExpMinusOne(logPower);
        }

        double logExcess = Math.Log(Math.Max(0, sum)) + logScale + Math.Log(step / noiseMultiplier) - (0.5 * Math.Log(2 * Math.PI));
        return PreciseMath.LogOnePlusExp(logExcess);

        (double LogDensity, double LogPower) Integrand(double z)
        {
            double exponent = ((2 * z) - 1) / (2 * variance);
            double logRatio = exponent < 1
                ? PreciseMath.LogOnePlus(samplingRate * PreciseMath.ExpMinusOne(exponent))
                : PreciseMath.LogSum(PreciseMath.LogOnePlus(-samplingRate), Math.Log(samplingRate) + exponent);
            return (-z * z / (2 * variance), order * logRatio);
        }
    }
}

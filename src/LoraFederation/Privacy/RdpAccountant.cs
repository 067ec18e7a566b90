namespace LoraFederation.Privacy;

/// <summary>Adds up what rounds of clipped and noised aggregation cost in privacy, as Rényi divergences. Immutable.</summary>
/// <remarks>
/// <para>A round is the Gaussian mechanism on a Poisson sample of the clients (Mironov, Talwar and Zhang 2019, arXiv 1908.10530): each client takes part with
/// probability q, independently. Rounds add up order by order (Mironov 2017, arXiv 1702.07476, proposition 1).</para>
/// <para>What is protected is one client: neighbouring federations differ in whether its update counts. A fixed number of clients drawn each round is not a
/// Poisson sample; count such rounds with a sampling rate of 1.</para>
/// </remarks>
public sealed class RdpAccountant
{
    private readonly double[] _orders;
    private readonly double[] _divergences;

    /// <summary>Creates an accountant that nothing was spent of.</summary>
    /// <param name="orders">The orders α, each above 1 and finite; <see cref="DefaultOrders"/> when null. Any choice gives a true bound, a fine one a smaller bound.</param>
    /// <exception cref="ArgumentException">There are no orders.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An order is not above 1, or above 1,000,000.</exception>
    public RdpAccountant(IEnumerable<double>? orders = null)
    {
        _orders = [.. orders ?? DefaultOrders];
        if (_orders.Length == 0)
        {
            throw new ArgumentException("A bound needs at least one order.", nameof(orders));
        }

        foreach (double order in _orders)
        {
            if (!(order > 1 && order <= 1_000_000))
            {
                throw new ArgumentOutOfRangeException(nameof(orders), order, "An order is above 1 and at most 1,000,000.");
            }
        }

        _divergences = new double[_orders.Length];
    }

    private RdpAccountant(double[] orders, double[] divergences)
    {
        _orders = orders;
        _divergences = divergences;
    }

    /// <summary>Gets the orders that are used unless others are asked for: 1.1 to 10.9 by tenths, 11 to 63, 128, 256 and 512.</summary>
    public static IReadOnlyList<double> DefaultOrders { get; } =
        [.. Enumerable.Range(11, 99).Select(tenths => tenths / 10.0), .. Enumerable.Range(11, 53).Select(order => (double)order), 128, 256, 512];

    /// <summary>Gets the orders.</summary>
    public IReadOnlyList<double> Orders => _orders;

    /// <summary>Gets the divergence spent so far, for each order.</summary>
    public IReadOnlyList<double> Divergences => _divergences;

    /// <summary>Returns an accountant that has also spent rounds.</summary>
    /// <param name="noiseMultiplier">z, above 0 and finite: the deviation of the noise over the sensitivity.</param>
    /// <param name="samplingRate">q, in [0, 1]: the probability with which a client takes part; 1 where clients are not drawn independently.</param>
    /// <param name="rounds">How many such rounds; not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public RdpAccountant Add(double noiseMultiplier, double samplingRate = 1, long rounds = 1)
    {
        CheckRound(noiseMultiplier, samplingRate);
        ArgumentOutOfRangeException.ThrowIfNegative(rounds);
        return new RdpAccountant(
            _orders,
            [.. _orders.Select((order, i) => _divergences[i] + (rounds == 0 ? 0 : rounds * SubsampledGaussian.Divergence(samplingRate, noiseMultiplier, order)))]);
    }

    /// <summary>Returns the smallest ε that is certain for a δ.</summary>
    /// <param name="delta">δ, in (0, 1); below one over the number of clients to mean anything.</param>
    /// <param name="conversion">The bound.</param>
    /// <exception cref="ArgumentOutOfRangeException">δ is outside its range.</exception>
    public PrivacyGuarantee Guarantee(double delta, RdpConversion conversion = RdpConversion.Tight)
    {
        if (!(delta > 0 && delta < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(delta), delta, "δ is in (0, 1).");
        }

        PrivacyGuarantee best = new(double.PositiveInfinity, delta, _orders[0]);
        for (int i = 0; i < _orders.Length; i++)
        {
            double epsilon = Math.Max(0, Epsilon(_orders[i], _divergences[i], delta, conversion));
            best = epsilon < best.Epsilon ? new PrivacyGuarantee(epsilon, delta, _orders[i]) : best;
        }

        return best;
    }

    /// <summary>Returns the smallest δ that is certain for an ε.</summary>
    /// <param name="epsilon">ε, not negative.</param>
    /// <param name="conversion">The bound.</param>
    /// <exception cref="ArgumentOutOfRangeException">ε is negative or not finite.</exception>
    public PrivacyGuarantee GuaranteeFor(double epsilon, RdpConversion conversion = RdpConversion.Tight)
    {
        if (!(epsilon >= 0 && double.IsFinite(epsilon)))
        {
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "ε is finite and not negative.");
        }

        PrivacyGuarantee best = new(epsilon, 1, _orders[0]);
        for (int i = 0; i < _orders.Length; i++)
        {
            double order = _orders[i];
            double logDelta = (order - 1) * (_divergences[i] - epsilon);
            logDelta += conversion == RdpConversion.Tight ? ((order - 1) * PreciseMath.LogOnePlus(-1 / order)) - Math.Log(order) : 0;
            double delta = Math.Exp(logDelta);
            best = delta < best.Delta ? new PrivacyGuarantee(epsilon, delta, order) : best;
        }

        return best;
    }

    /// <summary>Finds the smallest noise multiplier with which rounds stay within (ε, δ), to six digits and on the safe side.</summary>
    /// <param name="epsilon">ε, above 0 and finite.</param>
    /// <param name="delta">δ, in (0, 1).</param>
    /// <param name="samplingRate">q, in (0, 1].</param>
    /// <param name="rounds">The number of rounds, at least 1.</param>
    /// <param name="conversion">The bound.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range, or no noise multiplier up to a million is enough for ε.</exception>
    public static double NoiseMultiplier(double epsilon, double delta, double samplingRate, long rounds, RdpConversion conversion = RdpConversion.Tight)
    {
        if (!(epsilon > 0 && double.IsFinite(epsilon)))
        {
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "ε is finite and above 0.");
        }

        CheckRound(1, samplingRate);
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        const double Most = 1e6;
        RdpAccountant none = new();
        double high = 0.5;
        while (Spent(high) > epsilon)
        {
            high *= 2;
            if (high > Most)
            {
                throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, $"No noise multiplier up to {Most:g} brings {rounds} rounds to this ε at δ = {delta}: the conversion alone costs {Spent(Most):g3}.");
            }
        }

        double low = high == 0.5 ? 0 : high / 2;
        while (high - low > 1e-6 * high)
        {
            double middle = (low + high) / 2;
            (low, high) = Spent(middle) > epsilon ? (middle, high) : (low, middle);
        }

        return high;

        double Spent(double noiseMultiplier) => none.Add(noiseMultiplier, samplingRate, rounds).Guarantee(delta, conversion).Epsilon;
    }

    /// <summary>Converts one divergence.</summary>
    internal static double Epsilon(double order, double divergence, double delta, RdpConversion conversion) => conversion == RdpConversion.Tight
        ? divergence + PreciseMath.LogOnePlus(-1 / order) - (Math.Log(delta * order) / (order - 1))
        : divergence - (Math.Log(delta) / (order - 1));

    private static void CheckRound(double noiseMultiplier, double samplingRate)
    {
        if (!(noiseMultiplier > 0 && double.IsFinite(noiseMultiplier)))
        {
            throw new ArgumentOutOfRangeException(nameof(noiseMultiplier), noiseMultiplier, "A noise multiplier is finite and above 0: without noise there is no privacy to count.");
        }

        if (!(samplingRate >= 0 && samplingRate <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(samplingRate), samplingRate, "A sampling rate is in [0, 1].");
        }
    }
}

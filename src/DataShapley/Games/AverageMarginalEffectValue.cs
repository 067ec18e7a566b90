using System.Globalization;

namespace DataShapley.Games;

/// <summary>The average marginal effect (Lin et al., ICML 2022): the mean of weighted Banzhaf values over some probabilities of taking part, w(s) = mean of p^s · (1−p)^(n−1−s).</summary>
public sealed record AverageMarginalEffectValue : Semivalue
{
    /// <summary>Gets the probabilities, each as likely.</summary>
    /// <value>One or more in (0, 1); 0.2, 0.4, 0.6 and 0.8 by default.</value>
    /// <exception cref="ArgumentException">There is none, or one lies outside.</exception>
    public IReadOnlyList<double> Probabilities
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value.Count > 0 && value.All(p => p is > 0 and < 1)
                ? [.. value]
                : throw new ArgumentException($"The probabilities of taking part are one or more in (0, 1), not [{string.Join(", ", value)}].", nameof(value));
        }
    } = [0.2, 0.4, 0.6, 0.8];

    /// <inheritdoc />
    public override string Name => $"ame({string.Join(',', Probabilities.Select(p => p.ToString(CultureInfo.InvariantCulture)))})";

    /// <inheritdoc />
    public override double LogWeight(int players, int size)
    {
        CheckSize(players, size);
        double[] terms = [.. Probabilities.Select(p => (size * Math.Log(p)) + ((players - 1 - size) * Math.Log(1 - p)))];
        double greatest = terms.Max();
        return greatest + Math.Log(terms.Sum(term => Math.Exp(term - greatest)) / terms.Length);
    }

    /// <inheritdoc />
    public bool Equals(AverageMarginalEffectValue? other) => other is not null && Probabilities.SequenceEqual(other.Probabilities);

    /// <inheritdoc />
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (double probability in Probabilities)
        {
            hash.Add(probability);
        }

        return hash.ToHashCode();
    }
}

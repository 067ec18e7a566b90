using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace DataShapley.Games.Classic;

/// <summary>A game of the literature whose semivalues are known: for tests of estimators, and for seeing what they cost.</summary>
public abstract class ClassicGame : IUtility
{
    private protected ClassicGame(string name, int playerCount, params ReadOnlySpan<double> data)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(playerCount, 1);
        Id = string.Create(CultureInfo.InvariantCulture, $"{name}, {playerCount} players, {Digest(data)}");
        PlayerCount = playerCount;
    }

    /// <inheritdoc />
    public string Id { get; }

    /// <inheritdoc />
    public int PlayerCount { get; }

    /// <inheritdoc />
    public abstract UtilityRange? Range { get; }

    /// <summary>Computes what a coalition is worth.</summary>
    /// <param name="coalition">The coalition, of this game's players.</param>
    public abstract double ValueOf(Coalition coalition);

    /// <summary>Computes the exact semivalue of each player, without evaluating coalitions.</summary>
    /// <param name="semivalue">The semivalue.</param>
    public abstract double[] Exact(Semivalue semivalue);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return new ValueTask<IReadOnlyList<double>>([.. requests.Select(request => ValueOf(request.Coalition))]);
    }

    /// <summary>Copies numbers that have to be finite.</summary>
    private protected static double[] Finite(ReadOnlySpan<double> numbers, string name)
    {
        double[] copy = numbers.ToArray();
        int bad = Array.FindIndex(copy, number => !double.IsFinite(number));
        return bad < 0 ? copy : throw new ArgumentOutOfRangeException(name, copy[bad], $"The numbers of a game are finite; number {bad} is not.");
    }

    // Ids are compared at every look into the cache: a digest of the numbers is as good as a thousand of them.
    private static string Digest(ReadOnlySpan<double> data)
    {
        byte[] bytes = new byte[data.Length * sizeof(double)];
        for (int i = 0; i < data.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i * sizeof(double)), data[i]);
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8));
    }
}

using System.Numerics;
using System.Security.Cryptography;

namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>A secret in shares of which any t give it back and fewer say nothing (Shamir 1979, "How to share a secret"): values of a random polynomial over the field of 2^521 − 1 elements.</summary>
internal static class ShamirSecret
{
    /// <summary>The bytes of a share.</summary>
    public const int ShareLength = 66;

    private const int FieldBits = 521;

    private static readonly BigInteger Prime = (BigInteger.One << FieldBits) - 1;

    /// <summary>Splits a secret of at most 520 bits.</summary>
    /// <returns>The shares at 1, 2, …, count.</returns>
    public static byte[][] Split(ReadOnlySpan<byte> secret, int count, int threshold)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(secret.Length, ShareLength);
        BigInteger[] coefficients = new BigInteger[threshold];
        coefficients[0] = new BigInteger(secret, isUnsigned: true, isBigEndian: true);
        for (int i = 1; i < threshold; i++)
        {
            coefficients[i] = Draw();
        }

        byte[][] shares = new byte[count][];
        for (int x = 1; x <= count; x++)
        {
            BigInteger value = BigInteger.Zero;
            for (int i = threshold - 1; i >= 0; i--)
            {
                value = ((value * x) + coefficients[i]) % Prime;
            }

            shares[x - 1] = Write(value, ShareLength);
        }

        return shares;
    }

    /// <summary>Gives a secret back from shares at different points, as many as the threshold: the polynomial's value at 0.</summary>
    /// <param name="shares">The points, from 1, and the shares there.</param>
    /// <param name="secretLength">The bytes of the secret.</param>
    /// <returns>The secret; null where the shares are not of one that long.</returns>
    public static byte[]? Combine(IReadOnlyList<(int Point, byte[] Share)> shares, int secretLength)
    {
        BigInteger secret = BigInteger.Zero;
        foreach ((int point, byte[] share) in shares)
        {
            BigInteger numerator = BigInteger.One;
            BigInteger denominator = BigInteger.One;
            foreach ((int other, _) in shares)
            {
                if (other != point)
                {
                    numerator = numerator * other % Prime;
                    denominator = denominator * (other - point) % Prime;
                }
            }

            // Fermat: the inverse is the power of the prime less two.
            BigInteger inverse = BigInteger.ModPow((denominator + Prime) % Prime, Prime - 2, Prime);
            BigInteger value = new(share, isUnsigned: true, isBigEndian: true);
            secret = (secret + (value * numerator % Prime * inverse)) % Prime;
        }

        return secret.GetByteCount(isUnsigned: true) <= secretLength ? Write(secret, secretLength) : null;
    }

    private static BigInteger Draw()
    {
        Span<byte> bytes = stackalloc byte[ShareLength];
        BigInteger value;
        do
        {
            RandomNumberGenerator.Fill(bytes);
            bytes[0] &= 1;
            value = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        }
        while (value >= Prime);

        CryptographicOperations.ZeroMemory(bytes);
        return value;
    }

    private static byte[] Write(BigInteger value, int length)
    {
        byte[] bytes = new byte[length];
        byte[] digits = value.ToByteArray(isUnsigned: true, isBigEndian: true);
        digits.CopyTo(bytes, length - digits.Length);
        return bytes;
    }
}

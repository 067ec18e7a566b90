using System.Security.Cryptography;
using System.Text;

namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>Key agreement: ECDH over P-384, then HKDF with SHA-256, bound to the session and to what the key is for.</summary>
internal static class SecureKeys
{
    /// <summary>The bytes of a P-384 private key.</summary>
    public const int PrivateKeyLength = 48;

    private const int NonceLength = 12;
    private const int TagLength = 16;

    public static ECDiffieHellman Create() => ECDiffieHellman.Create(ECCurve.NamedCurves.nistP384);

    /// <summary>Makes a key pair of a private key and the public key it belongs to.</summary>
    /// <returns>The pair; null where they do not belong together.</returns>
    public static ECDiffieHellman? Restore(byte[] privateKey, ReadOnlyMemory<byte> publicKey)
    {
        using ECDiffieHellman known = Import(publicKey, "mask");
        ECParameters parameters = known.ExportParameters(includePrivateParameters: false);
        parameters.D = privateKey;
        ECDiffieHellman pair = ECDiffieHellman.Create();
        try
        {
            pair.ImportParameters(parameters);
        }
        catch (CryptographicException)
        {
            pair.Dispose();
            return null;
        }

        // Not every platform compares the two while importing: both have to agree on the same secret with a third.
        using ECDiffieHellman third = Create();
        if (pair.DeriveRawSecretAgreement(third.PublicKey).AsSpan().SequenceEqual(third.DeriveRawSecretAgreement(known.PublicKey)))
        {
            return pair;
        }

        pair.Dispose();
        return null;
    }

    /// <summary>Reads a public key that came from elsewhere.</summary>
    /// <exception cref="FederationException">It is not a P-384 public key.</exception>
    public static ECDiffieHellman Import(ReadOnlyMemory<byte> publicKey, string client)
    {
        ECDiffieHellman key = ECDiffieHellman.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(publicKey.Span, out int read);
            if (read == publicKey.Length && key.KeySize == 8 * PrivateKeyLength)
            {
                return key;
            }
        }
        catch (CryptographicException error)
        {
            key.Dispose();
            throw Refuse(error);
        }

        key.Dispose();
        throw Refuse(null);

        FederationException Refuse(Exception? cause) => new(
            [new FederationProblem(FederationError.Protocol, $"The public key of '{client}' ({publicKey.Length} bytes) is not one of P-384 as SubjectPublicKeyInfo.", client)], cause);
    }

    /// <summary>Derives the seed of the mask that two clients share, the same for either.</summary>
    public static byte[] MaskSeed(ECDiffieHellman own, ECDiffieHellman other, SecureRound round, string first, string second) =>
        Derive(own, other, round, "mask", first, second);

    /// <summary>Seals what one client tells another through the server.</summary>
    public static byte[] Seal(ECDiffieHellman own, ECDiffieHellman other, SecureRound round, string from, string to, ReadOnlySpan<byte> plain)
    {
        byte[] key = Derive(own, other, round, "share", from, to);
        byte[] content = new byte[NonceLength + TagLength + plain.Length];
        RandomNumberGenerator.Fill(content.AsSpan(0, NonceLength));
        using AesGcm cipher = new(key, TagLength);
        cipher.Encrypt(content.AsSpan(0, NonceLength), plain, content.AsSpan(NonceLength + TagLength), content.AsSpan(NonceLength, TagLength));
        CryptographicOperations.ZeroMemory(key);
        return content;
    }

    /// <summary>Opens what another client sealed.</summary>
    /// <exception cref="FederationException">It was not sealed by that client for this one in this session.</exception>
    public static byte[] Open(ECDiffieHellman own, ECDiffieHellman other, SecureRound round, SealedShare share, int length)
    {
        byte[] plain = new byte[length];
        if (share.Content.Length == NonceLength + TagLength + length)
        {
            byte[] key = Derive(own, other, round, "share", share.From, share.To);
            using AesGcm cipher = new(key, TagLength);
            CryptographicOperations.ZeroMemory(key);
            ReadOnlySpan<byte> content = share.Content.Span;
            try
            {
                cipher.Decrypt(content[..NonceLength], content[(NonceLength + TagLength)..], content.Slice(NonceLength, TagLength), plain);
                return plain;
            }
            catch (AuthenticationTagMismatchException error)
            {
                throw Refuse(error);
            }
        }

        throw Refuse(null);

        FederationException Refuse(Exception? cause) => new(
            [new FederationProblem(FederationError.Protocol, $"What '{share.From}' sent to '{share.To}' cannot be opened: it was changed, or meant for another session.", share.From)], cause);
    }

    /// <summary>Hashes a seed for its later proof.</summary>
    public static byte[] HashSeed(SecureRound round, ReadOnlySpan<byte> seed) => SHA256.HashData([.. Context(round, "seed", string.Empty, string.Empty), .. seed]);

    private static byte[] Derive(ECDiffieHellman own, ECDiffieHellman other, SecureRound round, string use, string first, string second)
    {
        byte[] agreed = own.DeriveRawSecretAgreement(other.PublicKey);
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, agreed, MaskStream.SeedLength, salt: null, Context(round, use, first, second));
        CryptographicOperations.ZeroMemory(agreed);
        return key;
    }

    // Lengths before names: no two contexts have the same bytes.
    private static byte[] Context(SecureRound round, string use, string first, string second)
    {
        using MemoryStream stream = new();
        using (BinaryWriter writer = new(stream, Encoding.UTF8))
        {
            foreach (string part in (string[])["LoraFederation/1", round.SessionId, use, first, second])
            {
                writer.Write(part);
            }
        }

        return stream.ToArray();
    }
}

using System.Security.Cryptography;
using ModelTensors;

namespace LoraFederation.Privacy;

/// <summary>Where Gaussian noise comes from. Safe to use from several threads.</summary>
/// <remarks>
/// <para>Each number is the sum of four independent Box–Muller normals over two, in double, as Holohan and Braghin 2021 (arXiv 2107.10138) propose against
/// attacks on the rounding of a single one.</para>
/// <para>What that leaves: noise and sums are floating-point numbers, and the proofs are of real ones. Which floats can come out at all depends a little on
/// what was added up (Mironov 2012, "On Significance of the Least Significant Bits for Differential Privacy"). The aggregate is rounded to float or
/// shorter once, after the noise is on, which hides the lowest 29 bits of the sum; that is a precaution, not a proof.</para>
/// </remarks>
public abstract class NoiseSource
{
    private const int NormalsSummed = 4;
    private const int BytesPerNormal = NormalsSummed * sizeof(ulong);
    private const int Batch = 512;

    private protected NoiseSource()
    {
    }

    /// <summary>Gets noise from the operating system's cryptographic generator: what privacy needs. No two runs are alike.</summary>
    public static NoiseSource Cryptographic { get; } = new CryptographicSource();

    /// <summary>Gets whether nobody can foresee the noise.</summary>
    public abstract bool IsPrivate { get; }

    /// <summary>Creates noise that a seed decides, for tests and simulations: whoever knows the seed can take it off again.</summary>
    /// <param name="seed">The seed.</param>
    public static NoiseSource Seeded(ulong seed) => new SeededSource(seed);

    /// <summary>Fills numbers with independent normals of mean 0 and deviation 1.</summary>
    /// <param name="stream">Names the numbers; with a seed, one name gives the same numbers again.</param>
    /// <param name="numbers">Receives the numbers.</param>
    public void Fill(string stream, Span<double> numbers)
    {
        ArgumentNullException.ThrowIfNull(stream);
        byte[] batch = new byte[Batch * BytesPerNormal];
        for (int start = 0; start < numbers.Length; start += Batch)
        {
            int count = Math.Min(Batch, numbers.Length - start);
            Span<byte> drawn = batch.AsSpan(0, count * BytesPerNormal);
            FillBytes(stream, (long)start * BytesPerNormal, drawn);
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> bytes = drawn.Slice(i * BytesPerNormal, BytesPerNormal);
                numbers[start + i] = (BoxMuller(bytes) + BoxMuller(bytes[(2 * sizeof(ulong))..])) / 2;
            }
        }

        CryptographicOperations.ZeroMemory(batch);
    }

    /// <summary>Fills bytes of a stream from an offset on, a multiple of 16.</summary>
    private protected abstract void FillBytes(string stream, long offset, Span<byte> bytes);

    /// <summary>Returns the sum of the two normals of sixteen bytes.</summary>
    private static double BoxMuller(ReadOnlySpan<byte> bytes)
    {
        // In (0, 1]: a logarithm of zero cannot occur.
        double radius = Math.Sqrt(-2 * Math.Log(((BitConverter.ToUInt64(bytes) >> 11) + 1) * Math.ScaleB(1, -53)));
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * ((BitConverter.ToUInt64(bytes[sizeof(ulong)..]) >> 11) * Math.ScaleB(1, -53)));
        return radius * (sine + cosine);
    }

    private sealed class CryptographicSource : NoiseSource
    {
        public override bool IsPrivate => true;

        private protected override void FillBytes(string stream, long offset, Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
    }

    private sealed class SeededSource(ulong seed) : NoiseSource
    {
        public override bool IsPrivate => false;

        private protected override void FillBytes(string stream, long offset, Span<byte> bytes)
        {
            PhiloxKey key = Philox.DeriveKey(seed, stream, "noise");
            for (int i = 0; i < bytes.Length; i += 16)
            {
                (uint word0, uint word1, uint word2, uint word3) = Philox.Block((ulong)(offset + i) / 16, 0, key);
                BitConverter.TryWriteBytes(bytes[i..], ((ulong)word1 << 32) | word0);
                BitConverter.TryWriteBytes(bytes[(i + 8)..], ((ulong)word3 << 32) | word2);
            }
        }
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ModelTensors;

/// <summary>The Philox4x32-10 counter-based generator (Salmon et al., SC 2011): random numbers as a function of a key and a counter.</summary>
/// <remarks>
/// The layout of element draws is frozen: results of DARE-like methods depend on it. Elements are taken in blocks of 128. Element i belongs
/// to block q = i / 128 with r = i mod 128; its draw is 16 bits of the counter 16·q + (r mod 16): with d = r / 16, half d mod 2 (low half
/// first) of word d / 2. So sixteen neighbouring elements are sixteen neighbouring counters, and no vector width needs a shuffle.
/// </remarks>
public static class Philox
{
    /// <summary>Gets the number of elements that one block of sixteen counters serves.</summary>
    public const int ElementsPerBlock = 128;

    internal const uint Multiplier0 = 0xD251_1F53;
    internal const uint Multiplier1 = 0xCD9E_8D57;
    internal const uint KeyIncrement0 = 0x9E37_79B9;
    internal const uint KeyIncrement1 = 0xBB67_AE85;
    internal const int Rounds = 10;

    /// <summary>Computes the four words of one counter.</summary>
    /// <param name="counterLow">The low 64 bits of the counter.</param>
    /// <param name="counterHigh">The high 64 bits of the counter; 0 for element draws.</param>
    /// <param name="key">The key.</param>
    public static (uint Word0, uint Word1, uint Word2, uint Word3) Block(ulong counterLow, ulong counterHigh, PhiloxKey key)
    {
        uint word0 = (uint)counterLow;
        uint word1 = (uint)(counterLow >> 32);
        uint word2 = (uint)counterHigh;
        uint word3 = (uint)(counterHigh >> 32);
        uint key0 = key.Low;
        uint key1 = key.High;
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * word0;
            ulong product1 = (ulong)Multiplier1 * word2;
            (word0, word1, word2, word3) =
                ((uint)(product1 >> 32) ^ word1 ^ key0, (uint)product1, (uint)(product0 >> 32) ^ word3 ^ key1, (uint)product0);
            key0 += KeyIncrement0;
            key1 += KeyIncrement1;
        }

        return (word0, word1, word2, word3);
    }

    /// <summary>Returns the 16-bit draw of one element, uniform in [0, 65535].</summary>
    /// <param name="element">The element's index in its tensor.</param>
    /// <param name="key">The key.</param>
    public static ushort Draw(long element, PhiloxKey key)
    {
        int offset = (int)(element % ElementsPerBlock);
        (uint word0, uint word1, uint word2, uint word3) = Block((ulong)((element / ElementsPerBlock * 16) + (offset % 16)), 0, key);
        int draw = offset / 16;
        uint word = (draw / 2) switch { 0 => word0, 1 => word1, 2 => word2, _ => word3 };
        return (ushort)(word >> (16 * (draw % 2)));
    }

    /// <summary>Derives the key of one model's draws for one tensor, so that they depend on nothing else: not on order, threads, shards or other models.</summary>
    /// <param name="seed">The seed of the whole merge.</param>
    /// <param name="tensorName">The output tensor's name.</param>
    /// <param name="streamName">The model's stable name.</param>
    /// <returns>The first eight bytes of SHA-256(seed as 8 little-endian bytes, tensor name, a zero byte, stream name), in UTF-8.</returns>
    public static PhiloxKey DeriveKey(ulong seed, string tensorName, string streamName)
    {
        ArgumentNullException.ThrowIfNull(tensorName);
        ArgumentNullException.ThrowIfNull(streamName);
        byte[] text = Encoding.UTF8.GetBytes($"{tensorName}\0{streamName}");
        byte[] message = new byte[sizeof(ulong) + text.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(message, seed);
        text.CopyTo(message, sizeof(ulong));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(message, hash);
        return new PhiloxKey(BinaryPrimitives.ReadUInt32LittleEndian(hash), BinaryPrimitives.ReadUInt32LittleEndian(hash[sizeof(uint)..]));
    }
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using DataShapley.Games;

namespace DataShapley.Sqlite;

/// <summary>How a row of the cache is keyed and checked.</summary>
internal static class EvaluationRow
{
    public const int KeyBytes = SHA256.HashSizeInBytes;

    /// <summary>Computes the SHA-256 of a utility's id and a coalition.</summary>
    public static byte[] Key(string utility, Coalition coalition)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] id = Encoding.UTF8.GetBytes(utility);
        Append(hash, id.Length);
        hash.AppendData(id);
        Append(hash, coalition.PlayerCount);
        foreach (ulong word in coalition.Words)
        {
            Append(hash, (long)word);
        }

        return hash.GetHashAndReset();
    }

    /// <summary>Computes 63 bits of the SHA-256 of a key and a value's bits.</summary>
    public static long Checksum(ReadOnlySpan<byte> key, long bits)
    {
        Span<byte> content = stackalloc byte[KeyBytes + sizeof(long)];
        key.CopyTo(content);
        BinaryPrimitives.WriteInt64LittleEndian(content[KeyBytes..], bits);
        Span<byte> sum = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, sum);
        return BinaryPrimitives.ReadInt64LittleEndian(sum) & long.MaxValue;
    }

    private static void Append(IncrementalHash hash, long number)
    {
        long little = BitConverter.IsLittleEndian ? number : BinaryPrimitives.ReverseEndianness(number);
        hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in little)));
    }
}

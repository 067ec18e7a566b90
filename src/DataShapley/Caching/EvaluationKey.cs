using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DataShapley.Games;

namespace DataShapley.Caching;

/// <summary>128 bits of SHA-256 that name an evaluation in files.</summary>
internal static class EvaluationKey
{
    private const byte OneCoalition = 1;
    private const byte GrowingCoalition = 2;
    private const byte Bag = 3;

    public static UInt128 Of(in UtilityRequest request, bool isDeterministic)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Begin(hash, OneCoalition, request.Coalition.PlayerCount, request.Repeat, isDeterministic ? 0 : request.Seed);
        foreach (ulong word in request.Coalition.Words)
        {
            Append(hash, word);
        }

        return Finish(hash);
    }

    public static UInt128 Of(ReadOnlySpan<int> order, int playerCount, ulong seed, bool isDeterministic) =>
        OfPlayers(GrowingCoalition, order, playerCount, isDeterministic ? 0 : seed);

    public static UInt128 OfBag(ReadOnlySpan<int> bag, int playerCount, ulong seed) => OfPlayers(Bag, bag, playerCount, seed);

    private static UInt128 OfPlayers(byte kind, ReadOnlySpan<int> players, int playerCount, ulong seed)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Begin(hash, kind, playerCount, 0, seed);
        foreach (int player in players)
        {
            Append(hash, (ulong)player);
        }

        return Finish(hash);
    }

    private static void Begin(IncrementalHash hash, byte kind, int playerCount, int repeat, ulong seed)
    {
        Append(hash, kind);
        Append(hash, (ulong)playerCount);
        Append(hash, (ulong)repeat);
        Append(hash, seed);
    }

    private static void Append(IncrementalHash hash, ulong number)
    {
        ulong little = BitConverter.IsLittleEndian ? number : BinaryPrimitives.ReverseEndianness(number);
        hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in little)));
    }

    private static UInt128 Finish(IncrementalHash hash)
    {
        Span<byte> sum = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(sum);
        return BinaryPrimitives.ReadUInt128LittleEndian(sum);
    }
}

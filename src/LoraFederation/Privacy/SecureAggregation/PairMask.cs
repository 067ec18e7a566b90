using System.Security.Cryptography;

namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>The mask of two clients: the first by name adds it, the other takes it away.</summary>
internal static class PairMask
{
    /// <summary>Applies a client's part of the mask that it shares with another, or undoes it.</summary>
    /// <param name="round">The round.</param>
    /// <param name="own">Either client's key pair, private part included.</param>
    /// <param name="client">The client whose part it is.</param>
    /// <param name="other">The public key of whichever client <paramref name="own"/> is not of.</param>
    /// <param name="peer">The other client.</param>
    /// <param name="elements">What is masked.</param>
    /// <param name="isUndone">Whether the part is undone.</param>
    public static void Apply(SecureRound round, ECDiffieHellman own, string client, ECDiffieHellman other, string peer, Span<ulong> elements, bool isUndone)
    {
        bool isFirst = string.CompareOrdinal(client, peer) < 0;
        byte[] seed = SecureKeys.MaskSeed(own, other, round, isFirst ? client : peer, isFirst ? peer : client);
        using MaskStream mask = new(seed);
        CryptographicOperations.ZeroMemory(seed);
        mask.Apply(elements, isAdded: isFirst != isUndone);
    }
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>A stream of ring elements from a 256-bit seed: AES-256 in counter mode. To whoever lacks the seed they look uniform over all 64 bits.</summary>
internal sealed class MaskStream : IDisposable
{
    public const int SeedLength = 32;

    private const int BlockLength = 16;
    private const int BufferedBlocks = 1024;

    private readonly Aes _aes = Aes.Create();
    private readonly byte[] _counters = new byte[BlockLength * BufferedBlocks];
    private readonly byte[] _stream = new byte[BlockLength * BufferedBlocks];
    private ulong _block;
    private int _used = BlockLength * BufferedBlocks;

    /// <summary>Starts a stream. A seed serves one payload of one round, so the counter starts at zero.</summary>
    public MaskStream(ReadOnlySpan<byte> seed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, SeedLength);
        _aes.SetKey(seed);
    }

    /// <summary>Adds the next elements of the stream, or takes them away, modulo 2^64.</summary>
    public void Apply(Span<ulong> elements, bool isAdded)
    {
        while (elements.Length > 0)
        {
            if (_used == _stream.Length)
            {
                Refill();
            }

            int count = Math.Min(elements.Length, (_stream.Length - _used) / sizeof(ulong));
            ReadOnlySpan<byte> bytes = _stream.AsSpan(_used, count * sizeof(ulong));
            for (int i = 0; i < count; i++)
            {
                ulong mask = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(i * sizeof(ulong))..]);
                elements[i] = unchecked(isAdded ? elements[i] + mask : elements[i] - mask);
            }

            _used += count * sizeof(ulong);
            elements = elements[count..];
        }
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_stream);
        _aes.Dispose();
    }

    private void Refill()
    {
        Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(_counters.AsSpan());
        for (int i = 0; i < BufferedBlocks; i++)
        {
            // The high word stays zero: 2^64 blocks are more than any payload has.
            words[(2 * i) + 1] = BinaryPrimitives.ReverseEndianness(_block++);
        }

        _aes.EncryptEcb(_counters, _stream, PaddingMode.None);
        _used = 0;
    }
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace DataShapley.Utilities;

/// <summary>Builds the id of a utility from its data and settings, so that caches and journals of two never mix. Each part is preceded by its length; numbers are little-endian.</summary>
internal sealed class UtilityFingerprint : IDisposable
{
    private const int Digits = 32;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public UtilityFingerprint Add(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _hash.AppendData(bytes);
        return this;
    }

    public UtilityFingerprint Add(double number) => Add(BitConverter.DoubleToInt64Bits(number));

    public UtilityFingerprint Add(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Add(bytes.LongLength);
        _hash.AppendData(bytes);
        return this;
    }

    public UtilityFingerprint Add(ReadOnlySpan<int> numbers)
    {
        Add((long)numbers.Length);
        if (BitConverter.IsLittleEndian)
        {
            _hash.AppendData(MemoryMarshal.AsBytes(numbers));
            return this;
        }

        foreach (int number in numbers)
        {
            int little = BinaryPrimitives.ReverseEndianness(number);
            _hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in little)));
        }

        return this;
    }

    public UtilityFingerprint Add(ReadOnlySpan<float> numbers) => Add(MemoryMarshal.Cast<float, int>(numbers));

    public string Finish(string kind) => $"{kind} {Convert.ToHexStringLower(_hash.GetHashAndReset())[..Digits]}";

    public void Dispose() => _hash.Dispose();
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ModelAggregation.Evaluation;

/// <summary>Names made of content: equal contents have equal names, on any machine.</summary>
internal sealed class Fingerprint : IDisposable
{
    private const int KeyBytes = 8;
    private const int IdBytes = 16;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Returns what an example is told by.</summary>
    public static string Key(params ReadOnlySpan<string> parts)
    {
        using Fingerprint fingerprint = new();
        foreach (string part in parts)
        {
            fingerprint.Add(part);
        }

        return fingerprint.Finish(KeyBytes);
    }

    /// <summary>Adds a text. Its length goes first, so that no two sequences of texts are one.</summary>
    public Fingerprint Add(string text)
    {
        // Not UTF-8: a text with half of a surrogate pair would be another's equal.
        byte[] bytes = Encoding.Unicode.GetBytes(text);
        Add(bytes.Length);
        _hash.AppendData(bytes);
        return this;
    }

    public Fingerprint Add(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _hash.AppendData(bytes);
        return this;
    }

    public Fingerprint Add(double number) => Add(BitConverter.DoubleToInt64Bits(number));

    public Fingerprint Add(IReadOnlyList<string> texts)
    {
        Add(texts.Count);
        foreach (string text in texts)
        {
            Add(text);
        }

        return this;
    }

    /// <summary>Adds what a task is, without its examples' keys, which its content gives.</summary>
    public Fingerprint Add(TaskInfo task) => Add(task.Name).Add(task.Metric).Add((long)task.Direction).Add(task.Weight).Add(task.Range.Lowest).Add(task.Range.Highest);

    /// <summary>Returns a name that begins with a word for people.</summary>
    public string Finish(string word) => $"{word}-{Finish(IdBytes)}";

    public void Dispose() => _hash.Dispose();

    private string Finish(int bytes) => Convert.ToHexStringLower(_hash.GetHashAndReset().AsSpan(0, bytes));
}

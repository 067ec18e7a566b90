using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Conformance;

/// <summary>Merges of trained models against a plain reference in double, and against the bytes of before.</summary>
public sealed class ZooConformanceTests
{
    // What is computed in float before the one rounding to bfloat16.
    private const double FloatTolerance = 4e-6;

    private static readonly string[] Checked = ["dare_ties", "dare_ties_normalized", "linear", "task_arithmetic", "ties", "ties_rescaled"];

    private static readonly Dictionary<string, Dictionary<string, float[]>> Models =
        Zoo.Tuned.Append(Zoo.Base).ToDictionary(name => name, Load, StringComparer.Ordinal);

    [TestCaseSource(nameof(Checked))]
    public void Merge_OfTheZoo_IsTheExactResultRoundedOnce(string name)
    {
        Dictionary<string, byte[]> output = Zoo.Merge(Zoo.Recipes[name]);
        Assert.That(output.Keys, Is.EquivalentTo(Models[Zoo.Base].Keys));
        long undecided = 0;
        List<string> wrong = [];
        foreach ((string tensor, byte[] bytes) in output)
        {
            ZooReference reference = ZooReference.Of(name, tensor, Models);
            ReadOnlySpan<ushort> actual = MemoryMarshal.Cast<byte, ushort>(bytes);
            Assert.That(actual.Length, Is.EqualTo(reference.Values.Length), tensor);
            for (int i = 0; i < actual.Length; i++)
            {
                double value = BitConverter.Int32BitsToSingle(actual[i] << 16);
                if (reference.IsUndecided[i])
                {
                    undecided++;
                }
                else if (!(Math.Abs(value - reference.Values[i]) <= HalfUlp(reference.Values[i]) + (FloatTolerance * reference.Scale[i])))
                {
                    wrong.Add($"{tensor}[{i}] is {value:R}, not {reference.Values[i]:R}");
                }
            }
        }

        Assert.That(wrong, Is.Empty, $"{wrong.Count} elements differ: {string.Join("; ", wrong.Take(3))}");
        Assert.That(undecided, Is.LessThan(output.Values.Sum(bytes => (long)bytes.Length) / 2_000), "signs whose election is a matter of rounding");
    }

    [Test]
    public void Ties_WithSpreadTies_KeepsAsManyAndAgreesElsewhere()
    {
        Dictionary<string, byte[]> spread = Zoo.Merge(Zoo.Recipes["ties_spread"]);
        Dictionary<string, byte[]> lowest = Zoo.Merge(Zoo.Recipes["ties"]);
        long others = 0;
        long outside = 0;
        foreach ((string tensor, byte[] bytes) in spread)
        {
            ReadOnlySpan<ushort> left = MemoryMarshal.Cast<byte, ushort>(bytes);
            ReadOnlySpan<ushort> right = MemoryMarshal.Cast<byte, ushort>(lowest[tensor]);
            bool[] ties = ZooReference.TiesAtThreshold(tensor, Models);
            for (int i = 0; i < left.Length; i++)
            {
                others += left[i] == right[i] ? 0 : 1;
                outside += left[i] == right[i] || ties[i] ? 0 : 1;
            }
        }

        Assert.That((outside, others > 0), Is.EqualTo((0L, true)), "other choices among the ties, and nowhere else");
    }

    [TestCaseSource(typeof(Zoo), nameof(Zoo.Names))]
    public void Merge_OfTheZoo_HasTheBytesOfBefore(string name)
    {
        Dictionary<string, string> golden = JsonSerializer.Deserialize<Dictionary<string, string>>(Vectors.Load("zoo-sha256.json").ToJsonString())!;
        Assert.That(golden.Keys, Is.EquivalentTo(Zoo.Names()));
        using (Assert.EnterMultipleScope())
        {
            foreach ((int threads, int tile) in (ReadOnlySpan<(int, int)>)[(2, 1 << 16), (7, 61)])
            {
                Assert.That(Hash(Zoo.Merge(Zoo.Recipes[name], threads, tile)), Is.EqualTo(golden[name]), $"{name} with {threads} threads and tiles of {tile}");
            }
        }
    }

    private static string Hash(Dictionary<string, byte[]> tensors)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, byte[] bytes) in tensors.OrderBy(item => item.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Of the binade of the value; a value just below a power of two that rounds up to it errs by less.
    private static double HalfUlp(double value) => value == 0 ? 0 : Math.ScaleB(1, Math.Max(Math.ILogB(value), -126) - 8);

    private static Dictionary<string, float[]> Load(string name)
    {
        using Checkpoint checkpoint = Checkpoint.Open(Path.Combine(AppContext.BaseDirectory, "zoo", name));
        return checkpoint.Names.ToDictionary(tensor => tensor, tensor => TensorBytes.Singles(checkpoint, tensor), StringComparer.Ordinal);
    }
}

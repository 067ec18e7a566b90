using System.Text.Json.Nodes;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Tests.Testing;

/// <summary>The reference values of the trained zoo and of the untrained variants.</summary>
internal static class Goldens
{
    public static string Root => Path.Combine(TestContext.CurrentContext.TestDirectory, "Data");

    public static string Variant(string name) => Path.Combine(Root, "variants", name);

    /// <summary>The trained models are the samples'.</summary>
    public static string Zoo(string name) => Path.Combine(TestContext.CurrentContext.TestDirectory, "models", name);

    public static JsonObject Index(string folder) => JsonNode.Parse(File.ReadAllText(Path.Combine(Root, folder, "index.json")))!.AsObject();

    public static float[] Singles(TensorSet set, string name)
    {
        Assert.That(set.TryGet(name, out TensorSource? source), Is.True, name);
        using HostTensor tensor = Floats.Copy(source!);
        return tensor.ToSingles();
    }

    public static int[] Integers(TensorSet set, string name)
    {
        Assert.That(set.TryGet(name, out TensorSource? source), Is.True, name);
        byte[] bytes = new byte[source!.ByteLength];
        source.Read(0, bytes);
        return [.. Enumerable.Range(0, bytes.Length / 8).Select(i => checked((int)BitConverter.ToInt64(bytes, 8 * i)))];
    }

    public static int[] Integers(JsonNode? node) => [.. node!.AsArray().Select(item => item!.GetValue<int>())];

    public static double LargestDifference(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        Assert.That(left.Length, Is.EqualTo(right.Length));
        double largest = 0;
        for (int i = 0; i < left.Length; i++)
        {
            double difference = Math.Abs((double)left[i] - right[i]);
            largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference);
        }

        return largest;
    }
}

using ModelTensors;
using ModelTensors.Safetensors;

namespace ModelRuntime.Tests.Encoders;

/// <summary>The reference values of the encoder of <c>variants</c>.</summary>
internal sealed class BertGolden
{
    private BertGolden(SafetensorsFile file)
    {
        Rows = 3;
        Columns = 12;
        Mask = Integers(file, "attention_mask");
        Tokens = Integers(file, "input_ids");
        Types = [.. Integers(file, "token_type_ids").Where((_, i) => Mask[i] != 0)];
        Batch = TokenBatch.FromPadded(Tokens, Mask, Rows);
        Hidden = Singles(file, "hidden");
        Embedding = Singles(file, "embedding");
        Pooled = Singles(file, "pooler_output");
    }

    public static string Folder => Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", "variants", "bert");

    public int Rows { get; }

    public int Columns { get; }

    public int[] Tokens { get; }

    public int[] Mask { get; }

    public int[] Types { get; }

    public TokenBatch Batch { get; }

    public float[] Hidden { get; }

    public float[] Embedding { get; }

    public float[] Pooled { get; }

    public static BertGolden Load()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(Folder, "..", "goldens.safetensors"));
        return new BertGolden(file);
    }

    /// <summary>The hidden states of one layer at attended tokens.</summary>
    public float[] HiddenAt(int layer)
    {
        int width = Hidden.Length / (3 * Rows * Columns);
        return [.. Enumerable.Range(0, Rows * Columns).Where(i => Mask[i] != 0).SelectMany(i => Hidden.AsSpan(((layer * Rows * Columns) + i) * width, width).ToArray())];
    }

    private static int[] Integers(SafetensorsFile file, string name)
    {
        TensorSource source = Source(file, name);
        byte[] bytes = new byte[source.ByteLength];
        source.Read(0, bytes);
        return [.. Enumerable.Range(0, (int)source.Shape.ElementCount).Select(i => (int)BitConverter.ToInt64(bytes, i * sizeof(long)))];
    }

    private static float[] Singles(SafetensorsFile file, string name)
    {
        TensorSource source = Source(file, name);
        byte[] bytes = new byte[source.ByteLength];
        source.Read(0, bytes);
        float[] values = new float[source.Shape.ElementCount];
        Buffer.BlockCopy(bytes, 0, values, 0, bytes.Length);
        return values;
    }

    private static TensorSource Source(SafetensorsFile file, string name)
    {
        Assert.That(file.TryGet($"bert.right.{name}", out TensorSource? source), Is.True, name);
        return source!;
    }
}

using System.Runtime.InteropServices;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelSdk.Testing;

/// <summary>Reads whole small tensors.</summary>
internal static class TensorBytes
{
    public static byte[] Read(TensorSource source)
    {
        byte[] bytes = new byte[source.ByteLength];
        source.Read(0, bytes);
        return bytes;
    }

    public static byte[] Read(TensorSet model, string name) =>
        model.TryGet(name, out TensorSource? source) ? Read(source) : throw new AssertionException($"There is no tensor '{name}'.");

    /// <summary>Reads F32, BF16 or F16 elements.</summary>
    public static float[] Singles(TensorSource source)
    {
        byte[] bytes = Read(source);
        return source.DataType switch
        {
            DataType.F32 => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
            DataType.BF16 => [.. MemoryMarshal.Cast<byte, ushort>(bytes).ToArray().Select(bits => BitConverter.Int32BitsToSingle(bits << 16))],
            DataType.F16 => [.. MemoryMarshal.Cast<byte, Half>(bytes).ToArray().Select(half => (float)half)],
            _ => throw new NotSupportedException($"{source.DataType}"),
        };
    }

    public static float[] Singles(TensorSet model, string name) =>
        model.TryGet(name, out TensorSource? source) ? Singles(source) : throw new AssertionException($"There is no tensor '{name}'.");

    /// <summary>Reads every tensor of a model.</summary>
    public static Dictionary<string, byte[]> ReadAll(TensorSet model) =>
        model.Names.ToDictionary(name => name, name => Read(model, name), StringComparer.Ordinal);

    /// <summary>Reads every tensor of a folder.</summary>
    public static Dictionary<string, byte[]> ReadAll(string folder)
    {
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        return ReadAll(checkpoint);
    }
}

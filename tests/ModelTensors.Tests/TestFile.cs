using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using ModelTensors.Safetensors;

namespace ModelTensors.Tests;

/// <summary>Builds safetensors files, honest and lying.</summary>
internal static class TestFile
{
    public static byte[] Raw(string json, int dataLength) => Raw(Encoding.UTF8.GetBytes(json), dataLength);

    public static byte[] Raw(byte[] json, int dataLength)
    {
        byte[] bytes = new byte[8 + json.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)json.Length);
        json.CopyTo(bytes, 8);
        for (int i = 0; i < dataLength; i++)
        {
            bytes[8 + json.Length + i] = (byte)(i + 1);
        }

        return bytes;
    }

    public static void Write(string path, params (string Name, DataType Type, long[] Shape, byte[] Data)[] tensors)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        SafetensorsHeader header = SafetensorsHeader.Create(tensors.Select(t => new TensorInfo(t.Name, t.Type, new TensorShape(t.Shape))));
        using SafetensorsFileWriter writer = SafetensorsFileWriter.Create(path, header);
        foreach ((string name, _, _, byte[] data) in tensors)
        {
            writer.GetSink(name).Write(0, data);
        }
    }

    public static (string Name, DataType Type, long[] Shape, byte[] Data) F32(string name, params float[] values) => F32(name, [values.Length], values);

    public static (string Name, DataType Type, long[] Shape, byte[] Data) F32(string name, long[] shape, params float[] values) =>
        (name, DataType.F32, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    public static float[] Floats(TensorSource source)
    {
        byte[] bytes = new byte[source.ByteLength];
        source.Read(0, bytes);
        return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
    }
}

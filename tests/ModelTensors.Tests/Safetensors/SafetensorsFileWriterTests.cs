using ModelTensors.Checkpoints;
using ModelTensors.Safetensors;

namespace ModelTensors.Tests.Safetensors;

public sealed class SafetensorsFileWriterTests
{
    [Test]
    [Platform(Exclude = "Win", Reason = "An open file cannot be truncated there.")]
    public void Read_OfAFileThatShrank_IsTruncated_WithFileTensorAndOffset()
    {
        using TestFolder folder = new();
        string path = folder["m.safetensors"];
        TestFile.Write(path, TestFile.F32("a", 1, 2, 3, 4));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        long length = new FileInfo(path).Length - 4;
        using (FileStream other = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            other.SetLength(length);
        }

        _ = file.TryGet("a", out TensorSource? source);
        SafetensorsException e = Assert.Throws<SafetensorsException>(() => source!.Read(0, new byte[16]))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Error, Is.EqualTo(SafetensorsError.Truncated));
            Assert.That(e.File, Is.EqualTo(path));
            Assert.That(e.TensorName, Is.EqualTo("a"));
            Assert.That(e.Offset, Is.EqualTo(length));
            Assert.That(() => source!.Read(0, new byte[12]), Throws.Nothing);
        }
    }

    [Test]
    public void Sinks_WrittenFromManyThreadsInAnyOrder_GiveTheFile()
    {
        using TestFolder folder = new();
        const int Count = 1000;
        SafetensorsHeader header = SafetensorsHeader.Create(Enumerable.Range(0, 8).Select(i => new TensorInfo($"t{i}", DataType.F32, new TensorShape(Count))));
        using (SafetensorsFileWriter writer = SafetensorsFileWriter.Create(folder["m.safetensors"], header))
        {
            Parallel.For(0, 8 * Count, k =>
            {
                int i = (k * 7919) % (8 * Count);
                writer.GetSink($"t{i / Count}").Write(i % Count, BitConverter.GetBytes((float)i));
            });
            writer.Flush();
        }

        using SafetensorsFile file = SafetensorsFile.Open(folder["m.safetensors"]);
        for (int t = 0; t < 8; t++)
        {
            _ = file.TryGet($"t{t}", out TensorSource? source);
            Assert.That(TestFile.Floats(source!).SequenceEqual(Enumerable.Range(t * Count, Count).Select(i => (float)i)), Is.True, $"t{t}");
        }
    }

    [Test]
    [Platform("Linux")]
    public void Create_OnAFullDevice_IsDiskFull_WithPathAndBytes()
    {
        SafetensorsHeader header = SafetensorsHeader.Create([new("a", DataType.F32, new TensorShape(2))]);
        Assert.That(
            () => SafetensorsFileWriter.Create("/dev/full", header),
            Throws.InstanceOf<CheckpointException>()
                .With.Property("Error").EqualTo(CheckpointError.DiskFull)
                .And.Property("File").EqualTo("/dev/full")
                .And.Property("BytesNeeded").EqualTo(header.FileLength));
    }

    [Test]
    public void GetSink_OfAnUnknownName_IsMisuse()
    {
        using TestFolder folder = new();
        using SafetensorsFileWriter writer = SafetensorsFileWriter.Create(folder["m.safetensors"], SafetensorsHeader.Create([]));
        Assert.That(() => writer.GetSink("a"), Throws.ArgumentException);
    }
}

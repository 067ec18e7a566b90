using ModelTensors.Checkpoints;
using ModelTensors.Safetensors;

namespace ModelTensors.Tests.Safetensors;

[TestFixture(SafetensorsReadMode.Positioned)]
[TestFixture(SafetensorsReadMode.Mapped)]
public sealed class SafetensorsFileTests(SafetensorsReadMode mode)
{
    [Test]
    public void Sources_ReadAnyRange_AndRefuseOthers()
    {
        using TestFolder folder = new();
        TestFile.Write(folder["m.safetensors"], TestFile.F32("a", 1, 2, 3, 4), ("b", DataType.U8, [2], [7, 8]));
        using SafetensorsFile file = SafetensorsFile.Open(folder["m.safetensors"], mode);
        Assert.That(file.TryGet("a", out TensorSource? a), Is.True);
        byte[] two = new byte[8];
        a!.Read(1, two);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(file.TryGet("c", out _), Is.False);
            Assert.That(a.DataType, Is.EqualTo(DataType.F32));
            Assert.That(BitConverter.ToSingle(two), Is.EqualTo(2));
            Assert.That(BitConverter.ToSingle(two, 4), Is.EqualTo(3));
            Assert.That(a.TryGetSpan(1, 2, out ReadOnlySpan<byte> lent), Is.EqualTo(mode == SafetensorsReadMode.Mapped));
            Assert.That(lent.IsEmpty || lent.SequenceEqual(two), Is.True);
            Assert.That(() => a.Read(3, two), Throws.InstanceOf<ArgumentException>());
            Assert.That(() => a.Read(-1, two), Throws.InstanceOf<ArgumentException>());
            Assert.That(() => a.Read(0, new byte[3]), Throws.ArgumentException);
            Assert.That(() => a.Read(4, []), Throws.Nothing);
        }
    }

    [Test]
    public void Identity_HasTheHeadersHash_WhateverTheData()
    {
        using TestFolder folder = new();
        TestFile.Write(folder["a.safetensors"], TestFile.F32("a", 1));
        TestFile.Write(folder["b.safetensors"], TestFile.F32("a", 2));
        using SafetensorsFile a = SafetensorsFile.Open(folder["a.safetensors"], mode);
        using SafetensorsFile b = SafetensorsFile.Open(folder["b.safetensors"], mode);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(a.Identity.HeaderSha256, Is.EqualTo(b.Identity.HeaderSha256).And.Length.EqualTo(64));
            Assert.That(a.Identity.Name, Is.EqualTo("a.safetensors"));
            Assert.That(a.Identity.Length, Is.EqualTo(new FileInfo(a.Path).Length));
        }
    }

    [Test]
    public void Open_OfALyingFile_NamesFileAndError_AndReleasesIt()
    {
        using TestFolder folder = new();
        File.WriteAllBytes(folder["m.safetensors"], TestFile.Raw("{}", 1));
        Assert.That(
            () => SafetensorsFile.Open(folder["m.safetensors"], mode),
            Throws.InstanceOf<SafetensorsException>().With.Property("Error").EqualTo(SafetensorsError.TrailingBytes).And.Property("File").EqualTo(folder["m.safetensors"]));
        using FileStream alone = new(folder["m.safetensors"], FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.That(alone.Length, Is.EqualTo(11));
    }

    [Test]
    public void Sources_AtOffsetsBeyondFourGigabytes_ReadTheRightBytes()
    {
        using TestFolder folder = new();
        // 3 GiB and 2.5 GiB, nearly all holes.
        TensorInfo first = new("a", DataType.BF16, new TensorShape(3, 1L << 29));
        TensorInfo second = new("b", DataType.BF16, new TensorShape(5, 1L << 28));
        SafetensorsHeader header = SafetensorsHeader.Create([first, second]);
        using (SafetensorsFileWriter writer = SafetensorsFileWriter.Create(folder["m.safetensors"], header))
        {
            writer.GetSink("a").Write(first.Shape.ElementCount - 1, [1, 2]);
            writer.GetSink("b").Write(0, [3, 4]);
            writer.GetSink("b").Write(second.Shape.ElementCount - 2, [5, 6, 7, 8]);
        }

        using SafetensorsFile file = SafetensorsFile.Open(folder["m.safetensors"], mode);
        byte[] bytes = new byte[4];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(header.FileLength, Is.GreaterThan(1L << 32));
            Assert.That(file.TryGet("a", out TensorSource? a), Is.True);
            a!.Read(first.Shape.ElementCount - 2, bytes);
            Assert.That(bytes, Is.EqualTo(new byte[] { 0, 0, 1, 2 }));
            Assert.That(file.TryGet("b", out TensorSource? b), Is.True);
            b!.Read(0, bytes);
            Assert.That(bytes, Is.EqualTo(new byte[] { 3, 4, 0, 0 }));
            b.Read(second.Shape.ElementCount - 2, bytes);
            Assert.That(bytes, Is.EqualTo(new byte[] { 5, 6, 7, 8 }));
            Assert.That(!b.TryGetSpan(second.Shape.ElementCount - 1, 1, out ReadOnlySpan<byte> lent) || lent.SequenceEqual((ReadOnlySpan<byte>)[7, 8]), Is.True);
        }
    }
}

using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ModelTensors.Safetensors;

namespace ModelTensors.Tests.Safetensors;

public sealed class SafetensorsHeaderTests
{
    private const string A = """{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""";

    [TestCase(SafetensorsError.InvalidStart, "", 0)]
    [TestCase(SafetensorsError.InvalidStart, " {}", 0)]
    [TestCase(SafetensorsError.InvalidStart, "[]", 0)]
    [TestCase(SafetensorsError.InvalidJson, "{", 0)]
    [TestCase(SafetensorsError.InvalidJson, "{}x", 0)]
    [TestCase(SafetensorsError.InvalidJson, "{}{}", 0)]
    [TestCase(SafetensorsError.InvalidJson, """{"a":{"dtype":"F32","shape":[[[[2]]]],"data_offsets":[0,8]}}""", 8)]
    [TestCase(SafetensorsError.InvalidJson, """{"a":{"dtype":"F32",}}""", 8)]
    [TestCase(SafetensorsError.InvalidUtf8, """{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8)]
    [TestCase(SafetensorsError.DuplicateKey, $$"""{"a":{{A}},"a":{{A}}}""", 8)]
    [TestCase(SafetensorsError.DuplicateKey, $$"""{"a":{{A}},"\u0061":{{A}}}""", 8)]
    [TestCase(SafetensorsError.DuplicateKey, """{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8)]
    [TestCase(SafetensorsError.DuplicateKey, """{"__metadata__":{"k":"1","k":"2"}}""", 0)]
    [TestCase(SafetensorsError.DuplicateKey, """{"__metadata__":{},"__metadata__":{}}""", 0)]
    [TestCase(SafetensorsError.InvalidMetadata, """{"__metadata__":{"k":1}}""", 0)]
    [TestCase(SafetensorsError.InvalidMetadata, """{"__metadata__":[]}""", 0)]
    [TestCase(SafetensorsError.InvalidMetadata, """{"__metadata__":null}""", 0)]
    [TestCase(SafetensorsError.InvalidEntry, """{"a":1}""", 8)]
    [TestCase(SafetensorsError.InvalidEntry, """{"a":{"dtype":"F32","shape":[2]}}""", 8)]
    [TestCase(SafetensorsError.InvalidEntry, """{"a":{"dtype":"F32","data_offsets":[0,8]}}""", 8)]
    [TestCase(SafetensorsError.InvalidEntry, """{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8)]
    [TestCase(SafetensorsError.InvalidEntry, """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":1}}""", 8)]
    [TestCase(SafetensorsError.InvalidEntry, """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8)]
    [TestCase(SafetensorsError.InvalidEntry, """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", 8)]
    [TestCase(SafetensorsError.InvalidEntry, """{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}""", 8)]
    [TestCase(SafetensorsError.InvalidEntry, """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8)]
    [TestCase(SafetensorsError.InvalidEntry, """{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", 8)]
    [TestCase(SafetensorsError.InvalidEntry, """{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8)]
    [TestCase(SafetensorsError.InvalidEntry, """{"a":{"dtype":4,"shape":[2],"data_offsets":[0,8]}}""", 8)]
    [TestCase(SafetensorsError.UnknownDataType, """{"a":{"dtype":"F6","shape":[2],"data_offsets":[0,8]}}""", 8)]
    [TestCase(SafetensorsError.ShapeOverflow, """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", 8)]
    [TestCase(SafetensorsError.ShapeOverflow, """{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,8]}}""", 8)]
    [TestCase(SafetensorsError.ShapeOverflow, """{"a":{"dtype":"F32","shape":[18446744073709551618],"data_offsets":[0,8]}}""", 8)]
    [TestCase(SafetensorsError.InvalidOffsets, """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8)]
    [TestCase(SafetensorsError.OffsetBeyondFile, """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7)]
    [TestCase(SafetensorsError.OffsetBeyondFile, """{"a":{"dtype":"F32","shape":[2],"data_offsets":[18446744073709551608,18446744073709551616]}}""", 8)]
    [TestCase(SafetensorsError.SizeMismatch, """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 8)]
    [TestCase(SafetensorsError.SizeMismatch, """{"a":{"dtype":"F32","shape":[],"data_offsets":[0,8]}}""", 8)]
    [TestCase(SafetensorsError.Hole, """{"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3)]
    [TestCase(SafetensorsError.Overlap, """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3)]
    [TestCase(SafetensorsError.Overlap, """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}""", 4)]
    [TestCase(SafetensorsError.TrailingBytes, """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 3)]
    [TestCase(SafetensorsError.TrailingBytes, "{}", 1)]
    public void Parse_OfALie_NamesIt(SafetensorsError error, string json, int dataLength)
    {
        byte[] bytes = TestFile.Raw(json, dataLength);
        Assert.That(
            () => SafetensorsHeader.Parse(bytes, bytes.Length, "file"),
            Throws.InstanceOf<SafetensorsException>().With.Property("Error").EqualTo(error).And.Message.StartsWith("file: "));
    }

    [Test]
    public void Parse_OfBrokenUtf8_NamesIt()
    {
        byte[] bytes = TestFile.Raw([.. "{\"a"u8, 0xC3, .. "\":1}"u8], 0);
        Assert.That(() => SafetensorsHeader.Parse(bytes, bytes.Length), Fails(SafetensorsError.InvalidUtf8));
    }

    [TestCase(SafetensorsError.FileTooSmall, 7, 0UL)]
    [TestCase(SafetensorsError.HeaderTooLarge, 1_000, 100_000_001UL)]
    [TestCase(SafetensorsError.HeaderTooLarge, 1_000, ulong.MaxValue)]
    [TestCase(SafetensorsError.HeaderBeyondFile, 1_000, 993UL)]
    public void Parse_OfALyingLength_NamesIt(SafetensorsError error, int fileLength, ulong claimed)
    {
        byte[] bytes = new byte[fileLength];
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, claimed);
        prefix.AsSpan(0, Math.Min(8, fileLength)).CopyTo(bytes);
        Assert.That(() => SafetensorsHeader.Parse(bytes, fileLength), Fails(error));
    }

    [Test]
    public void Parse_AcceptsEmptyTensorsScalarsAnyOrderAndPadding()
    {
        byte[] bytes = TestFile.Raw(
            """{"b":{"shape":[],"dtype":"F32","data_offsets":[2,6]},"e":{"dtype":"F64","shape":[3,0],"data_offsets":[2,2]},"__metadata__":{"k":"v"},"a":{"data_offsets":[0,2],"dtype":"BF16","shape":[1,1]}}   """, 6);
        SafetensorsHeader header = SafetensorsHeader.Parse(bytes, bytes.Length);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(header.Entries.Select(e => e.Info.Name), Is.EqualTo(["a", "e", "b"]));
            Assert.That(header.Metadata["k"], Is.EqualTo("v"));
            Assert.That(header.FileLength, Is.EqualTo(bytes.Length));
            Assert.That(header.TryGet("b", out SafetensorsEntry? b) ? b.Info.Shape.Rank : -1, Is.Zero);
        }
    }

    [Test]
    public void Write_IsCanonical_AlignedThenByName()
    {
        SafetensorsHeader header = SafetensorsHeader.Create(
            [new("z", DataType.U8, new TensorShape(3)), new("b", DataType.BF16, new TensorShape(2)), new("a", DataType.BF16, new TensorShape(1)), new("m", DataType.F64, new TensorShape(1))]);
        byte[] bytes = header.Write();
        string json = Encoding.UTF8.GetString(bytes, 8, bytes.Length - 8);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bytes.Length % 8, Is.Zero);
            Assert.That(bytes, Has.Length.EqualTo(header.DataOffset));
            Assert.That(json.TrimEnd(' '), Is.EqualTo(
                """{"__metadata__":{"format":"pt"},"m":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"BF16","shape":[1],"data_offsets":[8,10]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[10,14]},"z":{"dtype":"U8","shape":[3],"data_offsets":[14,17]}}"""));
        }
    }

    [Test]
    public void Create_WithTwoOfOneName_OrAReservedOne_OrBrokenText_IsMisuse()
    {
        TensorInfo a = new("a", DataType.U8, new TensorShape(1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => SafetensorsHeader.Create([a, a]), Throws.ArgumentException);
            Assert.That(() => SafetensorsHeader.Create([a with { Name = "__metadata__" }]), Throws.ArgumentException);
            Assert.That(() => SafetensorsHeader.Create([a with { Name = "\ud800" }]), Throws.InstanceOf<ArgumentException>());
        }
    }

    [Test]
    public void Create_OfMoreThanTheLimit_Refuses()
    {
        TensorInfo huge = new(new string('n', SafetensorsHeader.MaxLength), DataType.U8, new TensorShape(1));
        Assert.That(() => SafetensorsHeader.Create([huge]), Fails(SafetensorsError.HeaderTooLarge));
    }

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public Property Write_ThenParse_GivesTheSame()
    {
        Gen<string> text = ArbMap.Default.GeneratorFor<NonNull<string>>().Select(s => Whole(s.Get));
        Gen<TensorInfo> tensor =
            from name in text
            from type in Gen.Elements(Enum.GetValues<DataType>())
            from shape in Gen.Choose(0, 9).Select(i => (long)i).ArrayOf().Where(a => a.Length < 5)
            select new TensorInfo("t" + name, type, new TensorShape(shape));
        Gen<Dictionary<string, string>> metadata = text.Two().ListOf().Select(
            pairs => pairs.DistinctBy(p => p.Item1, StringComparer.Ordinal).ToDictionary(p => p.Item1, p => p.Item2, StringComparer.Ordinal));
        return Prop.ForAll(Arb.From(tensor.ListOf().Zip(metadata)), pair =>
        {
            TensorInfo[] tensors = [.. pair.Item1.DistinctBy(t => t.Name, StringComparer.Ordinal)];
            SafetensorsHeader written = SafetensorsHeader.Create(tensors, pair.Item2);
            SafetensorsHeader read = SafetensorsHeader.Parse(written.Write(), written.FileLength);
            return read.Entries.OrderBy(e => e.Info.Name, StringComparer.Ordinal).SequenceEqual(written.Entries.OrderBy(e => e.Info.Name, StringComparer.Ordinal))
                && read.Metadata.Count == pair.Item2.Count
                && read.Metadata.All(m => string.Equals(pair.Item2[m.Key], m.Value, StringComparison.Ordinal))
                && read.Write().AsSpan().SequenceEqual(SafetensorsHeader.Parse(read.Write(), read.FileLength).Write());
        });
    }

    [Test]
    [CancelAfter(20_000)]
    public void Parse_OfMutatedBytes_NeverFailsInAnyOtherWay(CancellationToken cancellationToken)
    {
        byte[] valid = TestFile.Raw(
            """{"__metadata__":{"format":"pt"},"a.weight":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]},"b":{"dtype":"F32","shape":[],"data_offsets":[12,16]},"c":{"dtype":"U8","shape":[0,7],"data_offsets":[16,16]}}  """, 16);
        Random random = new(20_26);
        int accepted = 0;
        for (int i = 0; i < 6_000; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            byte[] bytes = Mutate(valid, random);
            try
            {
                SafetensorsHeader header = SafetensorsHeader.Parse(bytes, bytes.Length);
                accepted++;
                // What is accepted is sound: it tiles the file, and means the same when written again.
                Assert.That(header.FileLength, Is.EqualTo(bytes.Length));
                SafetensorsHeader again = SafetensorsHeader.Parse(header.Write(), header.Write().Length + header.DataLength);
                Assert.That(again.Entries.SequenceEqual(header.Entries), Is.True);
            }
            catch (SafetensorsException e)
            {
                Assert.That(e.Message, Is.Not.Empty);
            }
        }

        Assert.That(accepted, Is.GreaterThan(100), "the mutations are too rough to test anything");
    }

    [Test]
    public void Parse_OfFiveThousandTensors_TakesMilliseconds()
    {
        SafetensorsHeader header = SafetensorsHeader.Create(
            Enumerable.Range(0, 5_000).Select(i => new TensorInfo($"model.layers.{i}.mlp.down_proj.weight", DataType.BF16, new TensorShape(4096, 11008))));
        byte[] bytes = header.Write();
        TimeSpan best = TimeSpan.MaxValue;
        for (int i = 0; i < 10; i++)
        {
            long start = Stopwatch.GetTimestamp();
            _ = SafetensorsHeader.Parse(bytes, header.FileLength);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            best = elapsed < best ? elapsed : best;
        }

        TestContext.Out.WriteLine($"{best.TotalMilliseconds:F2} ms");
        // A few milliseconds on a quiet machine; the bound only catches a quadratic loop.
        Assert.That(best, Is.LessThan(TimeSpan.FromMilliseconds(200)));
    }

    private static NUnit.Framework.Constraints.EqualConstraint<SafetensorsError> Fails(SafetensorsError error) =>
        Throws.InstanceOf<SafetensorsException>().With.Property(nameof(SafetensorsException.Error)).EqualTo(error);

    // Arbitrary strings have halves of surrogate pairs, which no header can hold.
    private static string Whole(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static byte[] Mutate(byte[] valid, Random random)
    {
        List<byte> bytes = [.. valid];
        int changes = random.Next(1, 4);
        for (int i = 0; i < changes && bytes.Count > 0; i++)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, random.Next(1, Math.Min(4, bytes.Count - at) + 1));
                    break;
                case 3:
                    bytes.Insert(at, "{}[]\",:019 eE-\\u"u8[random.Next(16)]);
                    bytes[0]++;
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }

        return [.. bytes];
    }
}

using System.Text;
using DataShapley.Refinement;
using ModelSdk.Testing;
using ModelTensors;

namespace DataShapley.Tests.Refinement;

public sealed class EmbeddingFileTests
{
    private static readonly float[] Values = [1, -2.5f, 3e-20f, float.MaxValue, 0, -0f];

    [TestCase(true)]
    [TestCase(false)]
    public void Matrix_WrittenAndRead_IsTheSame(bool isNumPy)
    {
        using TestFolder folder = new();
        using HostTensor matrix = HostTensor.FromSingles(Values, new TensorShape(3, 2));
        (isNumPy ? (Action<string>)(path => EmbeddingFile.WriteNumPy(path, matrix)) : path => EmbeddingFile.WriteSafetensors(path, matrix))(folder["rows"]);

        using HostTensor read = EmbeddingFile.Read(folder["rows"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(read.Shape, Is.EqualTo(new TensorShape(3, 2)));
            Assert.That(read.ToSingles(), Is.EqualTo(Values));
            Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
        }
    }

    [Test]
    public void NumPyFile_IsAsNumPyWritesIt()
    {
        using TestFolder folder = new();
        using HostTensor matrix = HostTensor.FromSingles([1, 2], new TensorShape(1, 2));

        EmbeddingFile.WriteNumPy(folder["rows.npy"], matrix);

        // numpy.save of float32 [[1, 2]]: 128 bytes of header, the literal padded with spaces.
        byte[] expected = [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. Encoding.ASCII.GetBytes("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }".PadRight(117) + "\n"), 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40];
        Assert.That(File.ReadAllBytes(folder["rows.npy"]), Is.EqualTo(expected));
    }

    [TestCase("<f8", 2)]
    [TestCase("<f4", 1)]
    [TestCase("<f2", 1)]
    public void NumPyFile_OfEachType_IsRead(string type, int version)
    {
        byte[] data = type switch
        {
            "<f8" => [.. BitConverter.GetBytes(1.5), .. BitConverter.GetBytes(-0.1)],
            "<f4" => [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-0.1f)],
            _ => [.. BitConverter.GetBytes((Half)1.5), .. BitConverter.GetBytes((Half)(-0.1))],
        };

        using HostTensor read = Read(NumPy($"{{\"shape\":(2, 1L), 'fortran_order': False, 'descr': '{type}'}}", data, version));

        Assert.That(read.ToSingles(), Is.EqualTo((float[])[1.5f, type is "<f2" ? (float)(Half)(-0.1) : -0.1f]));
    }

    [TestCase("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2)}", EmbeddingFileError.ColumnOrder)]
    [TestCase("{'descr': '<i4', 'fortran_order': False, 'shape': (1, 2)}", EmbeddingFileError.UnsupportedType)]
    [TestCase("{'descr': '>f4', 'fortran_order': False, 'shape': (1, 2)}", EmbeddingFileError.UnsupportedType)]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", EmbeddingFileError.WrongShape)]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2)}", EmbeddingFileError.WrongShape)]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2)}", EmbeddingFileError.WrongShape)]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (9000000000000000000, 2)}", EmbeddingFileError.WrongShape)]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387905, 4)}", EmbeddingFileError.WrongShape)]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 2)}", EmbeddingFileError.WrongLength)]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1)}", EmbeddingFileError.WrongLength)]
    [TestCase("{'descr': '<f4', 'fortran_order': False}", EmbeddingFileError.MalformedHeader)]
    [TestCase("{'descr': 1, 'fortran_order': False, 'shape': (1, 2)}", EmbeddingFileError.MalformedHeader)]
    [TestCase("__import__('os')", EmbeddingFileError.MalformedHeader)]
    public void NumPyFile_ThatLies_IsRefused(string header, EmbeddingFileError reason) =>
        Assert.That(() => Read(NumPy(header, new byte[8], 1)), Throws.TypeOf<EmbeddingFileException>().With.Property("Reason").EqualTo(reason));

    [Test]
    public void NumPyFile_CutAnywhere_IsRefused()
    {
        byte[] whole = NumPy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}", new byte[8], 1);

        using (Assert.EnterMultipleScope())
        {
            for (int length = 6; length < whole.Length; length++)
            {
                Assert.That(() => Read(whole[..length]), Throws.TypeOf<EmbeddingFileException>(), $"{length} bytes");
            }
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public void AnyHeader_IsReadOrRefusedByName(byte[] content)
    {
        try
        {
            Read([0x93, .. "NUMPY"u8, 1, 0, .. content]).Dispose();
        }
        catch (EmbeddingFileException e)
        {
            Assert.That(e.File, Is.Not.Null);
        }
    }

    private static HostTensor Read(byte[] content)
    {
        using TestFolder folder = new();
        File.WriteAllBytes(folder["rows"], content);
        return EmbeddingFile.Read(folder["rows"]);
    }

    private static byte[] NumPy(string header, byte[] data, int version)
    {
        byte[] text = Encoding.ASCII.GetBytes(header + "\n");
        byte[] length = version == 1 ? BitConverter.GetBytes((ushort)text.Length) : BitConverter.GetBytes(text.Length);
        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. text, .. data];
    }
}

using LoraFederation.LowRank;
using LoraFederation.Tests.Testing;
using ModelTensors;

namespace LoraFederation.Tests.Aggregators;

/// <summary>Factors that are cut or made longer while they are read.</summary>
public sealed class FactorSourcesTests
{
    [Test]
    public void Read_OfAnyPartOfASlice_IsThatPart([Values(0, 1)] int dimension, [Values(1, 2, 3, 5, 30)] int length)
    {
        TensorSource source = HostTensor.FromSingles([.. Enumerable.Range(0, 60).Select(value => (float)value)], new TensorShape(4, 5, 3)).Source;
        TensorSource slice = SlicedSource.Of(source, dimension, 1, 2);
        float[] expected = dimension == 0
            ? [.. Enumerable.Range(15, 30)]
            : [.. Enumerable.Range(0, 4).SelectMany(row => Enumerable.Range((row * 15) + 3, 6)).Select(value => (float)value)];
        Assert.That(InPieces(slice, length), Is.EqualTo(expected));
    }

    [Test]
    public void Read_OfAnyPartOfAPaddedFactor_IsThatPart([Values(0, 1)] int dimension, [Values(1, 2, 3, 5, 36)] int length)
    {
        TensorSource source = HostTensor.FromSingles([1, 2, 3, 4, 5, 6], new TensorShape(2, 3)).Source;
        float[] expected = dimension == 0 ? [1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0] : [1, 2, 3, 0, 4, 5, 6, 0];
        Assert.That(InPieces(PaddedSource.Of(source, dimension, 4), length), Is.EqualTo(expected));
    }

    private static float[] InPieces(TensorSource source, int length)
    {
        byte[] bytes = new byte[source.ByteLength];
        for (int start = 0; start < source.Shape.ElementCount; start += length)
        {
            int count = (int)Math.Min(length, source.Shape.ElementCount - start);
            Span<byte> piece = bytes.AsSpan(start * 4, count * 4);
            if (source.TryGetSpan(start, count, out ReadOnlySpan<byte> lent))
            {
                lent.CopyTo(piece);
            }
            else
            {
                source.Read(start, piece);
            }
        }

        return [.. Enumerable.Range(0, bytes.Length / 4).Select(index => BitConverter.ToSingle(bytes, index * 4))];
    }
}

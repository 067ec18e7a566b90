using DataShapley.Clustering;
using ModelTensors;

namespace DataShapley.Tests.Clustering;

public sealed class EmbeddingRowsTests
{
    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    [TestCase(float.NegativeInfinity)]
    [TestCase(2e15f)]
    public void Of_FeatureThatIsNoNumber_NamesRowAndColumn(float value)
    {
        float[] values = [1, 2, 3, 4, 5, value];

        EmbeddingException? error = Assert.Throws<EmbeddingException>(() => EmbeddingRows.Of(values, 2));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error!.Row, Is.EqualTo(2));
            Assert.That(error.Column, Is.EqualTo(1));
            Assert.That(error.Value, Is.EqualTo(value));
            Assert.That(error.Message, Does.Contain("row 2, column 1"));
        }
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase((1 << 20) + 1)]
    public void Of_DimensionOutOfRange_IsRefused(int dimension) =>
        Assert.That(() => EmbeddingRows.Of(new float[4], dimension), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase(0, 2)]
    [TestCase(5, 2)]
    public void Of_NoWholeRows_IsRefused(int length, int dimension) =>
        Assert.That(() => EmbeddingRows.Of(new float[length], dimension), Throws.ArgumentException);

    [Test]
    public void Of_Tensor_LendsItsRows()
    {
        using HostTensor tensor = HostTensor.FromSingles([1, 2, 3, 4, 5, 6], new TensorShape(3, 2));

        EmbeddingRows rows = EmbeddingRows.Of(tensor);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(rows.Count, Is.EqualTo(3));
            Assert.That(rows.Row(2).ToArray(), Is.EqualTo<float[]>([5, 6]));
            Assert.That(() => rows.Row(3).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public void Of_TensorOfAnotherKind_IsRefused()
    {
        using HostTensor half = new(DataType.F16, new TensorShape(3, 2));
        using HostTensor line = new(DataType.F32, new TensorShape(6));
        using HostTensor empty = new(DataType.F32, new TensorShape(0, 6));
        using HostTensor thin = new(DataType.F32, new TensorShape(6, 0));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => EmbeddingRows.Of(half), Throws.ArgumentException);
            Assert.That(() => EmbeddingRows.Of(line), Throws.ArgumentException);
            Assert.That(() => EmbeddingRows.Of(empty), Throws.ArgumentException);
            Assert.That(() => EmbeddingRows.Of(thin), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }
}

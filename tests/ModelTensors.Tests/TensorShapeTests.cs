namespace ModelTensors.Tests;

public sealed class TensorShapeTests
{
    [Test]
    public void ElementCount_IsTheProduct_OneForAScalar_ZeroWithAZeroDimension()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new TensorShape(3, 4, 5).ElementCount, Is.EqualTo(60));
            Assert.That(new TensorShape().ElementCount, Is.EqualTo(1));
            Assert.That(new TensorShape(3, 0, long.MaxValue).ElementCount, Is.Zero);
            Assert.That(new TensorShape(70_000, 70_000).ElementCount, Is.EqualTo(4_900_000_000));
        }
    }

    [TestCase(-1L, 4L)]
    [TestCase(long.MaxValue, 2L)]
    [TestCase(1L << 40, 1L << 40)]
    public void Constructor_RefusesWhatDoesNotFit(long first, long second) =>
        Assert.That(() => new TensorShape(first, second), Throws.InstanceOf<ArgumentOutOfRangeException>());
}

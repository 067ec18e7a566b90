using ModelAggregation.Inspection;
using ModelSdk.Testing;
using ModelTensors;

namespace ModelAggregation.Tests.Inspection;

public sealed class CheckpointComparerTests
{
    [Test]
    public void Tensors_AreCompared_ByHand()
    {
        // Norms 5 and 13 over both tensors of floats; the differences are 0, 8 and 0, 0.
        using TestModel first = new TestModel().Add("m", DataType.F32, [2, 1], 3, 4).Add("v", 0, 0);
        using TestModel second = new TestModel().Add("m", DataType.BF16, [2, 1], 3, -4).Add("v", 0, 0);

        CheckpointDifference difference = CheckpointComparer.Compare(first.ToSet(), second.ToSet());

        TensorDifference matrix = difference.Tensors[0];
        TensorDifference vector = difference.Tensors[1];
        using (Assert.EnterMultipleScope())
        {
            Assert.That((matrix.First.DataType, matrix.Second.DataType), Is.EqualTo((DataType.F32, DataType.BF16)));
            Assert.That((matrix.Distance, matrix.RelativeDistance, matrix.LargestDifference), Is.EqualTo(((double?)8, (double?)(8.0 / 5), (double?)8)));
            Assert.That(matrix.Cosine, Is.EqualTo(-7.0 / 25).Within(1e-15));
            Assert.That((matrix.ChangedElements, matrix.ChangedRows, matrix.RowCount), Is.EqualTo((1L, (long?)1, (long?)2)));
            Assert.That((vector.ChangedElements, vector.ChangedRows, vector.RelativeDistance, vector.Cosine), Is.EqualTo((0L, (long?)null, (double?)0, (double?)double.NaN)));
            Assert.That((difference.ChangedTensors, difference.ChangedElements, difference.ElementCount), Is.EqualTo((1, 1L, 4L)));
            Assert.That((difference.Distance, difference.RelativeDistance, difference.LargestDifference, difference.AreEqual), Is.EqualTo((8.0, 8.0 / 5, 8.0, false)));
        }
    }

    [Test]
    public void WhatCannotBeCompared_IsNamed()
    {
        using TestModel first = new TestModel().Add("shape", DataType.F32, [2, 1], 1, 2).Add("type", 1).Add("first", 1).Add("same", 1);
        using TestModel second = new TestModel().Add("shape", DataType.F32, [1, 2], 1, 2).AddBytes("type", DataType.I32, [1], new byte[4]).Add("second", 1).Add("same", 1);

        CheckpointDifference difference = CheckpointComparer.Compare(first.ToSet(), second.ToSet());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(difference.Unlike.Select(tensor => tensor.First.Name), Is.EqualTo((string[])["shape", "type"]));
            Assert.That(difference.OnlyInFirst.Select(tensor => tensor.Name), Is.EqualTo((string[])["first"]));
            Assert.That(difference.OnlyInSecond.Select(tensor => tensor.Name), Is.EqualTo((string[])["second"]));
            Assert.That(difference.Tensors.Select(tensor => tensor.First.Name), Is.EqualTo((string[])["same"]));
            Assert.That(difference.AreEqual, Is.False);
        }
    }

    [Test]
    public void Integers_AreComparedByTheirBytes()
    {
        // More than one buffer; the last element of the first buffer and the first of the second are in one row.
        const int count = (1 << 18) + 2;
        byte[] bytes = new byte[count * 4];
        using TestModel first = new TestModel().AddBytes("ids", DataType.I32, [count / 2, 2], bytes);
        bytes[((1 << 18) * 4) - 1] = 1;
        bytes[(1 << 18) * 4] = 1;
        bytes[((1 << 18) * 4) + 3] = 1;
        bytes[^1] = 1;
        using TestModel second = new TestModel().AddBytes("ids", DataType.I32, [count / 2, 2], bytes);

        TensorDifference ids = CheckpointComparer.Compare(first.ToSet(), second.ToSet()).Tensors.Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((ids.ChangedElements, ids.ChangedRows, ids.RowCount), Is.EqualTo((3L, (long?)2, (long?)(count / 2))));
            Assert.That((ids.Distance, ids.RelativeDistance, ids.Cosine, ids.LargestDifference), Is.EqualTo(((double?)null, (double?)null, (double?)null, (double?)null)));
        }
    }

    [Test]
    public void AModel_EqualsItself_WithNaNAndEmptyTensors()
    {
        using TestModel model = new TestModel().Add("w", 1, float.NaN, float.PositiveInfinity).Add("none", DataType.BF16, [0, 3]);

        CheckpointDifference difference = CheckpointComparer.Compare(model.ToSet(), model.ToSet());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(difference.AreEqual);
            Assert.That(difference.RelativeDistance, Is.Zero);
            Assert.That(difference.Tensors[0].FirstNonFinite, Is.EqualTo(2));
        }
    }
}

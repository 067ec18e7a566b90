using ModelTensors;

namespace ModelTensors.Tests;

public sealed class GatheredRowsSourceTests
{
    // Two matrices of three columns, written so that a row says where it is from.
    private static readonly float[] First = [10, 11, 12, 20, 21, 22, 30, 31, 32];
    private static readonly float[] Second = [1, 2, 3, 4, 5, 6];

    [Test]
    public void Read_GivesRowsZerosAndMeans_WorkedOutByHand()
    {
        using HostTensor first = HostTensor.FromSingles(First, new TensorShape([3, 3]));
        using HostTensor second = HostTensor.FromSingles(Second, new TensorShape([2, 3]));
        RowMap map = new() { AveragedCount = 4 };
        map.Add(new RowOrigin(0, 2));
        map.Add(new RowOrigin(1, 0));
        map.AddZeros();
        map.AddMean([new RowOrigin(0, 0), new RowOrigin(1, 1)]);
        map.AddMeanOfAll();
        GatheredRowsSource source = new([first.Source, second.Source], map);

        // The last row: (30 + 1 + 0 + 7) / 4, (31 + 2 + 0 + 8) / 4, (32 + 3 + 0 + 9) / 4.
        float[] expected = [30, 31, 32, 1, 2, 3, 0, 0, 0, 7, 8, 9, 9.5f, 10.25f, 11];
        Assert.That(TestFile.Floats(source), Is.EqualTo(expected));
    }

    [Test]
    public void Read_GivesTheSame_FromEveryStartAndOfEveryLength()
    {
        using HostTensor first = HostTensor.FromSingles(First, new TensorShape([3, 3]), DataType.BF16);
        using HostTensor second = HostTensor.FromSingles(Second, new TensorShape([2, 3]));
        RowMap map = new();
        foreach (RowOrigin origin in (ReadOnlySpan<RowOrigin>)[new(0, 1), new(0, 2), new(1, 0), new(0, 0)])
        {
            map.Add(origin);
        }

        map.AddZeros();
        map.AddZeros();
        map.AddMeanOfAll();
        GatheredRowsSource source = new([first.Source, second.Source], map);
        float[] whole = TestFile.Floats(source);
        for (int start = 0; start <= whole.Length; start++)
        {
            for (int count = 0; start + count <= whole.Length; count++)
            {
                byte[] bytes = new byte[count * sizeof(float)];
                source.Read(start, bytes);

                Assert.That(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray(), Is.EqualTo(whole[start..(start + count)]), $"{count} from {start}");
            }
        }

        Assert.That(whole[..12], Is.EqualTo((float[])[20, 21, 22, 30, 31, 32, 1, 2, 3, 10, 11, 12]));
    }

    [Test]
    public void DataType_IsTheCommonOne_UnlessAMeanWouldBeRounded()
    {
        using HostTensor narrow = HostTensor.FromSingles(First, new TensorShape([3, 3]), DataType.BF16);
        using HostTensor wide = HostTensor.FromSingles(Second, new TensorShape([2, 3]));
        RowMap rows = new();
        rows.Add(new RowOrigin(0, 1));
        RowMap means = new();
        means.Add(new RowOrigin(0, 1));
        means.AddMeanOfAll();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new GatheredRowsSource([narrow.Source], rows).DataType, Is.EqualTo(DataType.BF16));
            Assert.That(new GatheredRowsSource([narrow.Source, wide.Source], rows).DataType, Is.EqualTo(DataType.F32));
            Assert.That(new GatheredRowsSource([narrow.Source], means).DataType, Is.EqualTo(DataType.F32));
        }
    }

    [Test]
    public void IsIdentity_OnlyForAllRowsOfTheMatrixInOrder()
    {
        RowMap map = new();
        map.Add(new RowOrigin(1, 0));
        map.Add(new RowOrigin(1, 1));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(map.IsIdentity(1, 2), Is.True);
            Assert.That(map.IsIdentity(1, 3), Is.False, "a row is left out");
            Assert.That(map.IsIdentity(0, 2), Is.False, "another matrix");
        }
    }

    [Test]
    public void Constructor_RefusesRowsAndMatricesThatDoNotFit()
    {
        using HostTensor three = HostTensor.FromSingles(First, new TensorShape([3, 3]));
        using HostTensor two = HostTensor.FromSingles(Second, new TensorShape([3, 2]));
        RowMap outside = new();
        outside.Add(new RowOrigin(0, 3));
        RowMap mean = new();
        mean.AddMean([new RowOrigin(1, 0)]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new GatheredRowsSource([three.Source], outside), Throws.ArgumentException);
            Assert.That(() => new GatheredRowsSource([three.Source], mean), Throws.ArgumentException);
            Assert.That(() => new GatheredRowsSource([three.Source, two.Source], new RowMap()), Throws.ArgumentException);
            Assert.That(() => new GatheredRowsSource([], new RowMap()), Throws.ArgumentException);
            Assert.That(() => new RowMap().AddMean([]), Throws.ArgumentException);
        }
    }
}

using FsCheck;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;
using ModelTensors.LowRank;

namespace ModelTensors.Tests.LowRank;

/// <summary>Eigenvalues, singular values and orthonormal columns: what they must multiply out to, and matrices that are awkward.</summary>
public sealed class SmallDecompositionTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 2 });

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public void Eigen_OfARandomMatrix_GivesItBackFromOrthonormalVectors(PositiveInt sizeChoice, NonNegativeInt seed)
    {
        int size = 1 + (sizeChoice.Get % 40);
        double[] matrix = Symmetric(Numbers(seed.Get, size * size), size);
        SymmetricEigen eigen = SymmetricEigen.Decompose(matrix, size, size);
        AssertEigen(eigen, matrix, size, 1e-13 * size);
    }

    [Test]
    public void Eigen_OfTwoByTwo_IsThatOnPaper()
    {
        // [[2, 1], [1, 2]]: 3 with (1, 1)/√2, 1 with (1, −1)/√2.
        SymmetricEigen eigen = SymmetricEigen.Decompose([2, 1, 1, 2], 2, 2);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(eigen.Values, Is.EqualTo([3.0, 1.0]).Within(1e-15));
            Assert.That(eigen.Vector(0).ToArray(), Is.EqualTo([Math.Sqrt(0.5), Math.Sqrt(0.5)]).Within(1e-15));
            Assert.That(eigen.Vector(1)[0], Is.EqualTo(-eigen.Vector(1)[1]).Within(1e-15));
        }
    }

    [TestCase("zeros")]
    [TestCase("ones")]
    [TestCase("identity")]
    [TestCase("diagonal")]
    [TestCase("graded")]
    [TestCase("huge")]
    [TestCase("tiny")]
    [TestCase("denormal")]
    [TestCase("blocks")]
    public void Eigen_OfAnAwkwardMatrix_GivesItBack(string kind)
    {
        const int size = 33;
        double[] matrix = new double[size * size];
        double[] random = Symmetric(Numbers(4, size * size), size);
        for (int i = 0; i < matrix.Length; i++)
        {
            (int row, int column) = (i / size, i % size);
            matrix[i] = kind switch
            {
                "zeros" => 0,
                "ones" => 1,
                "identity" => row == column ? 1 : 0,
                "diagonal" => row == column ? row % 5 : 0,
                "graded" => random[i] * Math.ScaleB(1, -row - column),
                "huge" => random[i] * 1e300,
                "tiny" => random[i] * 1e-300,
                "denormal" => Math.Round(random[i] * 4) * double.Epsilon,
                _ => row / 11 == column / 11 ? random[i] : 0,
            };
        }

        AssertEigen(SymmetricEigen.Decompose(matrix, size, size), matrix, size, 1e-13 * size);
    }

    [Test]
    public void Eigen_WithFewVectors_HasTheSameValues()
    {
        const int size = 50;
        double[] matrix = Symmetric(Numbers(8, size * size), size);
        SymmetricEigen all = SymmetricEigen.Decompose(matrix, size, size);
        SymmetricEigen some = SymmetricEigen.Decompose(matrix, size, 3);
        SymmetricEigen none = SymmetricEigen.Decompose(matrix, size, 0);
        SymmetricEigen chosen = SymmetricEigen.Decompose(matrix, size, values => values.Count(value => value > 0));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(some.Values, Is.EqualTo(all.Values));
            Assert.That(none.Values, Is.EqualTo(all.Values));
            Assert.That(some.VectorCount, Is.EqualTo(3));
            Assert.That(chosen.VectorCount, Is.EqualTo(all.Values.Count(value => value > 0)));
            Assert.That(some.Vector(2).SequenceEqual(all.Vector(2)));
        }
    }

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(20)]
    public void Cholesky_OfAGramMatrixOfSomeRank_GivesItBackFromAsManyColumns(int rank)
    {
        const int size = 20;
        double[] factor = Numbers(rank, size * rank);
        double[] matrix = new double[size * size];
        for (int i = 0; i < matrix.Length; i++)
        {
            matrix[i] = Enumerable.Range(0, rank).Sum(k => factor[(i / size * rank) + k] * factor[(i % size * rank) + k]);
        }

        PivotedCholesky cholesky = PivotedCholesky.Factor(matrix, size, 1e-13);

        Assert.That(cholesky.Rank, Is.EqualTo(rank));
        Assert.That(cholesky.Pivots, Is.Unique);
        for (int i = 0; i < matrix.Length; i++)
        {
            double sum = 0;
            for (int k = 0; k < rank; k++)
            {
                sum += cholesky.Row(i / size)[k] * cholesky.Row(i % size)[k];
            }

            Assert.That(sum, Is.EqualTo(matrix[i]).Within(1e-13 * rank));
        }

        for (int column = 0; column < rank; column++)
        {
            Assert.That(cholesky.Row(cholesky.Pivots[column])[(column + 1)..].ToArray(), Is.All.Zero, "a lower triangle");
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public void Svd_OfARandomMatrix_GivesItBack(PositiveInt rowChoice, PositiveInt columnChoice, NonNegativeInt seed)
    {
        (int rows, int columns) = (1 + (rowChoice.Get % 30), 1 + (columnChoice.Get % 30));
        double[] matrix = Numbers(seed.Get, rows * columns);
        SmallSvd svd = SmallSvd.Decompose(matrix, rows, columns);
        Assert.That(svd.Values, Is.Ordered.Descending);
        Assert.That(svd.Values.Skip(Math.Min(rows, columns)), Is.All.EqualTo(0));
        Assert.That(Product(svd, rows, columns), Is.EqualTo(matrix).Within(1e-13));
        AssertOrthonormal(index => svd.Left(index), svd.Values.Count(value => value > 0), 1e-13);
        AssertOrthonormal(index => svd.Right(index), svd.Values.Count(value => value > 0), 1e-13);
    }

    [Test]
    public void Svd_OfAGradedMatrix_FindsSmallValuesToManyDigits()
    {
        // An orthonormal basis with columns scaled by 1, 1e-4, 1e-8, 1e-12: the scales are the values.
        const int size = 4;
        double[] basis = [0.5, 0.5, 0.5, 0.5, 0.5, -0.5, 0.5, -0.5, 0.5, 0.5, -0.5, -0.5, 0.5, -0.5, -0.5, 0.5];
        double[] matrix = [.. basis.Select((value, i) => value * Math.Pow(10, -4 * (i % size)))];
        SmallSvd svd = SmallSvd.Decompose(matrix, size, size);
        for (int i = 0; i < size; i++)
        {
            Assert.That(svd.Values[i], Is.EqualTo(Math.Pow(10, -4 * i)).Within(1e-12).Percent);
        }
    }

    [TestCase(0.0)]
    [TestCase(1e300)]
    [TestCase(1e-300)]
    public void Svd_OfRankOne_HasOneValue(double scale)
    {
        double[] matrix = [.. Enumerable.Range(0, 20).Select(i => scale * (1 + (i / 4)) * (2 - (i % 4)))];
        SmallSvd svd = SmallSvd.Decompose(matrix, 5, 4);
        Assert.That(svd.Values.Skip(scale == 0 ? 0 : 1), Is.All.EqualTo(0));
        Assert.That(svd.Values[0], Is.EqualTo(scale * Math.Sqrt(55 * 6)).Within(1e-12).Percent);
    }

    [Test]
    public void Qr_OfAnyWidthAndType_GivesTheMatrixBack(
        [Values(1, 5, 16, 17, 40)] int columns, [Values(DataType.F32, DataType.BF16)] DataType type, [Values] bool transposed)
    {
        const int rows = 60;
        using HostTensor tensor = HostTensor.FromSingles(
            [.. Numbers(columns, rows * columns).Select(value => (float)value)], transposed ? new TensorShape(columns, rows) : new TensorShape(rows, columns), type);
        float[] values = tensor.ToSingles();

        using ThinQr qr = ThinQr.Decompose(transposed ? Matrix.Of(tensor).Transposed : Matrix.Of(tensor), Device);

        AssertQr(qr, rows, columns, (row, column) => values[transposed ? (column * rows) + row : (row * columns) + column], columns);
    }

    [Test]
    public void Qr_OfDependentColumns_LeavesThemZero()
    {
        // Columns 0..9 at random, 10..34 are sums of them or zero.
        const int rows = 30;
        const int columns = 35;
        double[] numbers = Numbers(3, rows * columns);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.Length; i++)
        {
            (int row, int column) = (i / columns, i % columns);
            float First(int other) => MathF.Round((float)numbers[(row * columns) + other] * 64);
            values[i] = column < 10 ? First(column) : column % 7 == 0 ? 0 : First(column % 10) - (2 * First(column * 3 % 10));
        }

        using HostTensor tensor = HostTensor.FromSingles(values, new TensorShape(rows, columns));
        using ThinQr qr = ThinQr.Decompose(Matrix.Of(tensor), Device);
        AssertQr(qr, rows, columns, (row, column) => values[(row * columns) + column], 10);
    }

    [Test]
    public void Qr_OfMoreColumnsThanRows_HasAsManyDirectionsAsRows()
    {
        using HostTensor tensor = HostTensor.FromSingles([.. Numbers(6, 7 * 40).Select(value => (float)value)], new TensorShape(7, 40));
        float[] values = tensor.ToSingles();
        using ThinQr qr = ThinQr.Decompose(Matrix.Of(tensor), Device);
        AssertQr(qr, 7, 40, (row, column) => values[(row * 40) + column], 7);
    }

    [Test]
    public void Qr_OfNearlyDependentColumns_IsOrthonormalAllTheSame()
    {
        // Each column differs from the first by a millionth.
        const int rows = 100;
        const int columns = 40;
        double[] numbers = Numbers(3, rows * columns);
        using HostTensor tensor = new(DataType.F64, new TensorShape(rows, columns));
        Span<double> values = tensor.AsSpan<double>(0, rows * columns);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = numbers[i / columns * columns] + (i % columns == 0 ? 0 : 1e-6 * numbers[i]);
        }

        double[] matrix = values.ToArray();
        using ThinQr qr = ThinQr.Decompose(Matrix.Of(tensor), Device);
        AssertQr(qr, rows, columns, (row, column) => matrix[(row * columns) + column], columns);
    }

    [Test]
    public void Decompositions_OfWhatIsNotFinite_NameTheElement()
    {
        using HostTensor tensor = HostTensor.FromSingles([1, 2, 3, float.NaN], new TensorShape(2, 2));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => ThinQr.Decompose(Matrix.Of(tensor), Device), Throws.ArgumentException.With.Message.Contains("Columns 0 to 1"));
            Assert.That(() => PivotedCholesky.Factor([double.NaN], 1, 0), Throws.ArgumentException.With.Message.Contains("[0, 0]"));
            Assert.That(() => PivotedCholesky.Factor([1], 1, double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => SymmetricEigen.Decompose([1, 2, 2, double.NaN], 2, 1), Throws.ArgumentException.With.Message.Contains("[1, 1]"));
            Assert.That(() => SmallSvd.Decompose([1, double.PositiveInfinity], 1, 2), Throws.ArgumentException.With.Message.Contains("[0, 1]"));
            Assert.That(() => SymmetricEigen.Decompose([1, 2, 3], 2, 1), Throws.ArgumentException.With.Message.Contains("4 elements"));
            Assert.That(() => SymmetricEigen.Decompose([1], 1, 2), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    private static void AssertEigen(SymmetricEigen eigen, double[] matrix, int size, double tolerance)
    {
        Assert.That(eigen.Values, Is.Ordered.Descending);
        AssertOrthonormal(index => eigen.Vector(index), size, tolerance);
        double[] product = new double[matrix.Length];
        for (int k = 0; k < size; k++)
        {
            for (int i = 0; i < product.Length; i++)
            {
                product[i] += eigen.Values[k] * eigen.Vector(k)[i / size] * eigen.Vector(k)[i % size];
            }
        }

        Assert.That(product, Is.EqualTo(matrix).Within(Math.Max(tolerance * matrix.Max(Math.Abs), size * double.Epsilon)));
    }

    private delegate ReadOnlySpan<double> VectorOf(int index);

    private static void AssertOrthonormal(VectorOf vector, int count, double tolerance)
    {
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double product = 0;
                for (int k = 0; k < vector(i).Length; k++)
                {
                    product += vector(i)[k] * vector(j)[k];
                }

                Assert.That(product, Is.EqualTo(i == j ? 1 : 0).Within(tolerance), $"vectors {i} and {j}");
            }
        }
    }

    private static void AssertQr(ThinQr qr, int rows, int columns, Func<int, int, double> matrix, int rank)
    {
        double[] q = qr.Q.AsSpan<double>(0, rows * columns).ToArray();
        ReadOnlySpan<double> r = qr.R.Span;
        int directions = 0;
        for (int i = 0; i < columns; i++)
        {
            double square = Enumerable.Range(0, rows).Sum(row => q[(row * columns) + i] * q[(row * columns) + i]);
            directions += square > 0.5 ? 1 : 0;
            Assert.That(square, Is.EqualTo(square > 0.5 ? 1 : 0).Within(1e-14));
            for (int j = 0; j < i; j++)
            {
                double product = Enumerable.Range(0, rows).Sum(row => q[(row * columns) + i] * q[(row * columns) + j]);
                Assert.That(product, Is.EqualTo(0).Within(1e-14), $"columns {i} and {j}");
                Assert.That(r[(i * columns) + j], Is.EqualTo(0), "below the diagonal");
            }
        }

        Assert.That(directions, Is.EqualTo(rank));
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                double sum = 0;
                for (int k = 0; k < columns; k++)
                {
                    sum += q[(row * columns) + k] * r[(k * columns) + column];
                }

                Assert.That(sum, Is.EqualTo(matrix(row, column)).Within(1e-13 * 64));
            }
        }
    }

    private static double[] Product(SmallSvd svd, int rows, int columns)
    {
        double[] product = new double[rows * columns];
        for (int k = 0; k < svd.Values.Count; k++)
        {
            for (int i = 0; i < product.Length; i++)
            {
                product[i] += svd.Values[k] * svd.Left(k)[i / columns] * svd.Right(k)[i % columns];
            }
        }

        return product;
    }

    private static double[] Symmetric(double[] numbers, int size) =>
        [.. numbers.Select((value, i) => value + numbers[(i % size * size) + (i / size)])];

    private static double[] Numbers(int seed, int count)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5)];
    }
}

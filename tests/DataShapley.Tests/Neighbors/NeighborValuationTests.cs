using DataShapley.Games;
using DataShapley.Neighbors;
using ModelTensors;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace DataShapley.Tests.Neighbors;

public sealed class NeighborValuationTests
{
    private const int Width = 5;

    [Test]
    public void Classification_OfHundredsOfRows_IsTheMeanOfTheDirectRecursion([Values] DistanceMetric metric, [Values(1, 7, 500)] int k)
    {
        using Data data = new(rows: 300, tests: 70, classes: 3, seed: 1);
        KnnClassification game = new() { K = k, Metric = metric, ExactNeighbors = int.MaxValue };
        using CpuDevice device = new();

        ValuationResult result = game.Value(device, data.Train, data.Test);

        double[][] expected = [.. Enumerable.Range(0, 70).Select(test => data.Direct(test, metric, k))];
        using (Assert.EnterMultipleScope())
        {
            for (int row = 0; row < 300; row++)
            {
                double mean = expected.Average(values => values[row]);
                double variance = expected.Sum(values => Math.Pow(values[row] - mean, 2)) / 69;
                Assert.That(result.Values[row], Is.EqualTo(mean).Within(1e-14));
                Assert.That(result.Variances[row], Is.EqualTo(variance).Within(1e-14));
                Assert.That(result.StandardErrors[row], Is.EqualTo(Math.Sqrt(variance / 70)).Within(1e-9));
            }

            Assert.That(result.Counts, Is.All.EqualTo(70));
            Assert.That(result.Estimator, Is.EqualTo("knn_classification"));
            Assert.That(result.DegreesOfFreedom, Is.All.EqualTo(69));
        }
    }

    [Test]
    public void Values_OnAnyNumberOfThreads_AreTheSameBits()
    {
        using Data data = new(rows: 400, tests: 200, classes: 3, seed: 2);
        using CpuDevice alone = new(new CpuDeviceOptions { Threads = 1 });
        using CpuDevice several = new(new CpuDeviceOptions { Threads = 4 });

        using (Assert.EnterMultipleScope())
        {
            foreach (NeighborValuation<int> game in new NeighborValuation<int>[] { new KnnClassification(), new KnnClassification { Tolerance = 0.05 }, new KnnSoftLabel(), new KnnThreshold(4) })
            {
                ValuationResult expected = game.Value(alone, data.Train, data.Test);
                ValuationResult result = game.Value(several, data.Train, data.Test);
                Assert.That(result.Values, Is.EqualTo(expected.Values), game.Name);
                Assert.That(result.Variances, Is.EqualTo(expected.Variances), game.Name);
            }
        }
    }

    [Test]
    public void Games_OverADevice_AreThoseOverTheGraphOfExactDistances()
    {
        using Data data = new(rows: 60, tests: 20, classes: 3, seed: 3);
        NeighborGraph graph = data.Graph(DistanceMetric.SquaredEuclidean, 60);
        double[] targets = [.. Enumerable.Range(0, 60).Select(i => Math.Sin(i))];
        double[] tests = [.. Enumerable.Range(0, 20).Select(i => Math.Cos(i))];
        using CpuDevice device = new();

        using (Assert.EnterMultipleScope())
        {
            foreach (NeighborValuation<int> game in new NeighborValuation<int>[]
                { new KnnClassification { Semivalue = Semivalue.Banzhaf }, new KnnSoftLabel { K = 3 }, new KnnThreshold(3), new KnnWeighted { K = 3, EmptyIsOne = true, LargestIsBelowPower = true } })
            {
                Assert.That(
                    game.Value(device, data.Train, data.Test).Values,
                    Is.EqualTo(game.Value(graph, data.Train.Labels, data.Test.Labels).Values).Within(1e-15), game.Name);
            }

            Assert.That(
                new KnnRegression().Value(device, new NeighborData<double>(data.Train.Features, targets), new NeighborData<double>(data.Test.Features, tests)).Values,
                Is.EqualTo(new KnnRegression().Value(graph, targets, tests).Values).Within(1e-15));
        }
    }

    [Test]
    public void Truncation_IsWithinItsTolerance([Values(0.2, 0.03)] double tolerance)
    {
        using Data data = new(rows: 300, tests: 1, classes: 2, seed: 4);
        using CpuDevice device = new();
        KnnClassification exact = new() { K = 3 };

        ValuationResult full = exact.Value(device, data.Train, data.Test);
        ValuationResult truncated = (exact with { Tolerance = tolerance }).Value(device, data.Train, data.Test);
        int nearest = (int)Math.Ceiling(1 / tolerance);
        ValuationResult graph = exact.Value(data.Graph(DistanceMetric.SquaredEuclidean, nearest), data.Train.Labels, data.Test.Labels);

        double[] errors = [.. full.Values.Zip(truncated.Values, (left, right) => Math.Abs(left - right))];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(errors.Max(), Is.LessThanOrEqualTo(truncated.Facts["truncation_error"]));
            Assert.That(truncated.Facts["truncation_error"], Is.LessThanOrEqualTo(tolerance).And.GreaterThan(tolerance / 2));
            Assert.That(truncated.Values.Count(value => value != 0), Is.LessThan(nearest));
            Assert.That(graph.Values, Is.EqualTo(truncated.Values).Within(1e-15));
        }
    }

    [Test]
    public void ExactNeighbors_WhereFloatsCannotTell_OrderByExactDistance()
    {
        // The first two rows are 2⁻²⁰ apart in a coordinate of size 1: squared distances to the test point differ by 2⁻¹⁹ of some 300, below a float's step.
        float[] rows = [100, 1 + (1f / (1 << 20)), 100, 1, -100, 0, -100, 0.5f];
        using HostTensor train = HostTensor.FromSingles(rows, new TensorShape(4, 2));
        using HostTensor test = HostTensor.FromSingles([117, 0], new TensorShape(1, 2));
        int[] labels = [0, 1, 0, 1];
        NeighborData<int> data = new(Matrix.Of(train), labels);
        NeighborData<int> points = new(Matrix.Of(test), NeighborReference.List(1));
        using CpuDevice device = new();

        IReadOnlyList<double> values = new KnnClassification { K = 1 }.Value(device, data, points).Values;

        double[] expected = NeighborReference.Values(4, Semivalue.Shapley, present => NeighborReference.Classification(present, [1, 0, 0, 1], 1));
        Assert.That(values, Is.EqualTo(NeighborReference.List(expected[1], expected[0], expected[2], expected[3])).Within(1e-15));
    }

    [Test]
    public void NearTies_OfEqualLabels_NeedNoOrder()
    {
        // Whatever the order inside a run of one label, all of it has one value.
        double[] match = [0, 1, 1, 1, 0];
        IReadOnlyList<double> values = new KnnClassification { K = 2 }.Value(NeighborReference.InOrder(5), NeighborReference.Labels(match), NeighborReference.List(1)).Values;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(values[2], Is.EqualTo(values[1]));
            Assert.That(values[3], Is.EqualTo(values[1]));
        }
    }

    [Test]
    public void DuplicateRows_AreOrderedByIndex()
    {
        using HostTensor train = HostTensor.FromSingles([.. Enumerable.Repeat(0.1f, 12)], new TensorShape(4, 3));
        int[] labels = [1, 0, 1, 0];
        using CpuDevice device = new();
        NeighborData<int> test = new(Matrix.Of(train).Block(0, 0, 1, 3), NeighborReference.List(1));

        IReadOnlyList<double> values = new KnnClassification { K = 2 }.Value(device, new NeighborData<int>(Matrix.Of(train), labels), test).Values;

        Assert.That(values, Is.EqualTo(new KnnClassification { K = 2 }.Value(NeighborReference.InOrder(4), labels, NeighborReference.List(1)).Values));
    }

    [Test]
    public void ValueByEachOther_LeavesOutTheRowItself([Values(0, 0.1)] double tolerance)
    {
        using Data data = new(rows: 40, tests: 1, classes: 2, seed: 6);
        using CpuDevice device = new();
        KnnClassification game = new() { K = 3, Tolerance = tolerance };
        double[] expected = new double[40];
        for (int left = 0; left < 40; left++)
        {
            int[] rest = [.. Enumerable.Range(0, 40).Where(i => i != left)];
            using HostTensor others = HostTensor.FromSingles([.. rest.SelectMany(i => data.Row(i))], new TensorShape(39, Width));
            NeighborData<int> train = new(Matrix.Of(others), rest.Select(i => data.Train.Labels.Span[i]).ToArray());
            NeighborData<int> test = new(data.Train.Features.Block(left, 0, 1, Width), data.Train.Labels.Slice(left, 1));
            ValuationResult one = game.Value(device, train, test);
            for (int i = 0; i < 39; i++)
            {
                expected[rest[i]] += one.Values[i] / 40;
            }
        }

        Assert.That(game.ValueByEachOther(device, data.Train).Values, Is.EqualTo(expected).Within(1e-14));
    }

    [Test]
    public void Threshold_OfEverybody_IsTheSoftLabelOfEverybody()
    {
        using Data data = new(rows: 40, tests: 9, classes: 3, seed: 10);
        using CpuDevice device = new();
        KnnThreshold threshold = new(double.PositiveInfinity);
        KnnSoftLabel soft = new() { K = 40 };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(threshold.Value(device, data.Train, data.Test).Values, Is.EqualTo(soft.Value(device, data.Train, data.Test).Values).Within(1e-14));
            Assert.That(threshold.ValueByEachOther(device, data.Train).Values, Is.EqualTo(soft.ValueByEachOther(device, data.Train).Values).Within(1e-14));
        }
    }

    [Test]
    public void Classes_ThatAreAbsentOrAlone_HaveRightValues()
    {
        using Data data = new(rows: 10, tests: 3, classes: 1, seed: 7);
        using CpuDevice device = new();
        NeighborData<int> strangers = data.Test with { Labels = NeighborReference.List(5, 5, 5) };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new KnnClassification().Value(device, data.Train, strangers).Values, Is.All.EqualTo(0));

            // v(all) − v(nobody) = 0 − 1/2, shared alike.
            Assert.That(new KnnSoftLabel().Value(device, data.Train, strangers).Values, Is.All.EqualTo(-0.05).Within(1e-15));
            Assert.That(new KnnClassification { K = 3 }.Value(device, data.Train, data.Test).Values, Is.All.EqualTo(0.1).Within(1e-15));
            Assert.That(new KnnWeighted { K = 3, EmptyIsOne = true }.Value(device, data.Train, data.Test).Values, Is.All.EqualTo(0));
        }
    }

    [Test]
    public void OneRowAndOneTestPoint_HaveAValueWithoutAVariance()
    {
        using Data data = new(rows: 1, tests: 1, classes: 1, seed: 8);
        using CpuDevice device = new();

        ValuationResult result = new KnnClassification { K = 4 }.Value(device, data.Train, data.Test);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Is.EqualTo(NeighborReference.List(0.25)));
            Assert.That(result.Variances[0], Is.NaN);
            Assert.That(result.StandardErrors[0], Is.EqualTo(double.PositiveInfinity));
        }
    }

    [Test]
    public void Cosine_OfZeroVectors_IsAtDistanceOne()
    {
        using HostTensor train = HostTensor.FromSingles([0, 0, -1, 0, 1, 0], new TensorShape(3, 2));
        using HostTensor test = HostTensor.FromSingles([2, 0], new TensorShape(1, 2));
        using CpuDevice device = new();
        KnnThreshold game = new(1) { Metric = DistanceMetric.Cosine };

        ValuationResult result = game.Value(device, new NeighborData<int>(Matrix.Of(train), NeighborReference.List(1, 1, 1)), new NeighborData<int>(Matrix.Of(test), NeighborReference.List(1)));

        Assert.That(result.Values.Select(value => value == 0), Is.EqualTo(NeighborReference.List(true, true, true)), "One class: 1/C is 1, and nobody adds to it.");
        Assert.That(
            (game with { Classes = 2 }).Value(device, new NeighborData<int>(Matrix.Of(train), NeighborReference.List(1, 1, 1)), new NeighborData<int>(Matrix.Of(test), NeighborReference.List(1))).Values,
            Is.EqualTo(NeighborReference.List(0.25, 0, 0.25)).Within(1e-15));
    }

    [Test]
    public void DataThatCannotBeUsed_AreRefused()
    {
        using Data data = new(rows: 3, tests: 2, classes: 2, seed: 9);
        using CpuDevice device = new();
        using HostTensor broken = HostTensor.FromSingles([1, 2, float.NaN, 4], new TensorShape(2, 2));
        using HostTensor huge = HostTensor.FromSingles([1, 2, 3, 1e19f], new TensorShape(2, 2));
        using HostTensor none = new(DataType.F32, new TensorShape(0, Width));
        KnnClassification game = new();
        NeighborData<int> missing = data.Train with { Labels = NeighborReference.List(0, -1, 0) };
        NeighborData<double> targets = new(data.Train.Features, NeighborReference.List(0, double.NaN, 1));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => game.ValueByEachOther(device, new NeighborData<int>(Matrix.Of(broken), NeighborReference.List(0, 1))),
                Throws.TypeOf<NeighborDataException>().With.Property(nameof(NeighborDataException.Row)).EqualTo(1).And.Message.Contain("NaN"));
            Assert.That(
                () => game.ValueByEachOther(device, new NeighborData<int>(Matrix.Of(huge), NeighborReference.List(0, 1))),
                Throws.TypeOf<NeighborDataException>().With.Property(nameof(NeighborDataException.Problem)).EqualTo(NeighborDataProblem.UnusableFeature));
            Assert.That(
                () => game.Value(device, missing, data.Test),
                Throws.TypeOf<NeighborDataException>().With.Property(nameof(NeighborDataException.Problem)).EqualTo(NeighborDataProblem.MissingLabel));
            Assert.That(() => new KnnRegression().ValueByEachOther(device, targets), Throws.TypeOf<NeighborDataException>().With.Message.Contain("NaN"));
            Assert.That(() => game.Value(device, data.Train with { Labels = NeighborReference.List(0) }, data.Test), Throws.ArgumentException);
            Assert.That(() => game.Value(device, data.Train, new NeighborData<int>(Matrix.Of(none), Array.Empty<int>())), Throws.ArgumentException);
            Assert.That(() => game.Value(device, new NeighborData<int>(Matrix.Of(none), Array.Empty<int>()), data.Test), Throws.ArgumentException);
        }
    }

    [Test]
    public void Graphs_ThatCannotBeUsed_AreRefused()
    {
        int[] labels = [0, 1, 0];
        int[] test = [1];
        NeighborGraph twice = new(3, 2, NeighborReference.List(0, 0), NeighborReference.List(1.0, 2));
        NeighborGraph outside = new(3, 2, NeighborReference.List(0, 3), NeighborReference.List(1.0, 2));
        NeighborGraph strange = new(3, 2, NeighborReference.List(0, 1), NeighborReference.List(1.0, double.NaN));
        NeighborGraph two = new(3, 2, NeighborReference.List(0, 1), NeighborReference.List(1.0, 2));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new KnnClassification().Value(twice, labels, test), Throws.TypeOf<NeighborDataException>());
            Assert.That(() => new KnnClassification().Value(outside, labels, test), Throws.TypeOf<NeighborDataException>());
            Assert.That(() => new KnnClassification().Value(strange, labels, test), Throws.TypeOf<NeighborDataException>());
            Assert.That(() => new KnnSoftLabel().Value(two, labels, test), Throws.ArgumentException.With.Message.Contain("3 neighbours"));
            Assert.That(() => new KnnClassification().Value(two, test, test), Throws.ArgumentException);
            Assert.That(() => new NeighborGraph(3, 2, NeighborReference.List(0), NeighborReference.List(1.0)), Throws.ArgumentException);
        }
    }

    [Test]
    public void Options_OutOfRange_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new KnnClassification { K = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new KnnClassification { Tolerance = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new KnnThreshold(double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new KnnWeighted { Bits = 13 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new KnnSoftLabel { Classes = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new KnnRegression { ExactNeighbors = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => PresenceTable.Compute(Semivalue.LeaveOneOut, 200_000, 1), Throws.TypeOf<ValuationException>());
        }
    }

    /// <summary>Small whole numbers as features, so that many distances are equal, and some rows come twice.</summary>
    private sealed class Data : IDisposable
    {
        private readonly HostTensor _train;
        private readonly HostTensor _test;

        public Data(int rows, int tests, int classes, int seed)
        {
            Random random = new(seed);
            _train = HostTensor.FromSingles(Features(rows), new TensorShape(rows, Width));
            _test = HostTensor.FromSingles(Features(tests), new TensorShape(tests, Width));
            Train = new NeighborData<int>(Matrix.Of(_train), Labels(rows));
            Test = new NeighborData<int>(Matrix.Of(_test), Labels(tests));

            float[] Features(int count) => [.. Enumerable.Range(0, count * Width).Select(_ => (float)random.Next(-1, 2))];

            int[] Labels(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(classes))];
        }

        public NeighborData<int> Train { get; }

        public NeighborData<int> Test { get; }

        public float[] Row(int row) => _train.AsSpan<float>(row * Width, Width).ToArray();

        public void Dispose()
        {
            _train.Dispose();
            _test.Dispose();
        }

        public NeighborGraph Graph(DistanceMetric metric, int nearest)
        {
            int rows = Train.Labels.Length;
            int tests = Test.Labels.Length;
            var found = Enumerable.Range(0, tests).SelectMany(test => Enumerable.Range(0, rows)
                .Select(row => (row, distance: Distance(test, row, metric))).OrderBy(pair => pair.distance).ThenBy(pair => pair.row).Take(nearest)).ToArray();
            return new NeighborGraph(rows, nearest, found.Select(pair => pair.row).ToArray(), found.Select(pair => pair.distance).ToArray());
        }

        /// <summary>The published recursion of one test point, with sums in place of running values.</summary>
        public double[] Direct(int test, DistanceMetric metric, int k)
        {
            int rows = Train.Labels.Length;
            int[] order = [.. Enumerable.Range(0, rows).OrderBy(row => Distance(test, row, metric)).ThenBy(row => row)];
            double[] match = [.. order.Select(row => Train.Labels.Span[row] == Test.Labels.Span[test] ? 1.0 : 0.0)];
            double[] values = new double[rows];
            for (int i = 1; i <= rows; i++)
            {
                double value = match[rows - 1] / Math.Max(k, rows);
                for (int j = i; j < rows; j++)
                {
                    value += (match[j - 1] - match[j]) / Math.Max(k, j);
                }

                values[order[i - 1]] = value;
            }

            return values;
        }

        private double Distance(int test, int row, DistanceMetric metric)
        {
            double product = 0, xx = 0, yy = 0;
            for (int i = 0; i < Width; i++)
            {
                double x = _test.AsSpan<float>(test * Width, Width)[i];
                double y = _train.AsSpan<float>(row * Width, Width)[i];
                product += x * y;
                xx += x * x;
                yy += y * y;
            }

            return metric switch
            {
                DistanceMetric.SquaredEuclidean => xx + yy - (2 * product),
                DistanceMetric.Cosine => xx * yy == 0 ? 1 : 1 - (product / (Math.Sqrt(xx) * Math.Sqrt(yy))),
                _ => -product,
            };
        }
    }
}

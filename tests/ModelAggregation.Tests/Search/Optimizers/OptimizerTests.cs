using ModelAggregation.Search.Optimizers;

namespace ModelAggregation.Tests.Search.Optimizers;

public sealed class OptimizerTests
{
    private static readonly Optimizer[] Optimizers =
    [
        new CmaEsOptimizer(), new CmaEsOptimizer(new CmaEsOptions { Restarts = 2, PopulationSize = 4 }), new RandomOptimizer(), new GridOptimizer(3), new NelderMeadOptimizer(),
    ];

    [Test]
    public void CmaEs_FindsTheMinimum_OfASphere([Values(1, 2, 8, 36)] int dimensions, [Values(1UL, 2UL, 42UL)] ulong seed)
    {
        (double value, int evaluations) = Minimize(new CmaEsOptimizer(), dimensions, seed, Sphere, 1e-8, 40_000);

        // A few hundred evaluations a coordinate is what the tutorial's figures show.
        Assert.That((value < 1e-8, evaluations < 400 * (dimensions + 1)), Is.EqualTo((true, true)), $"{value} after {evaluations}");
    }

    [Test]
    public void CmaEs_FindsTheMinimum_OfAnEllipsoid_WhereverItsAxesPoint([Values(2, 8, 36)] int dimensions, [Values] bool isRotated)
    {
        double[][] rotation = Rotation(dimensions);

        (double value, int evaluations) = Minimize(new CmaEsOptimizer(), dimensions, 42, point => Ellipsoid(isRotated ? Turn(rotation, point) : Shift(point)), 1e-8, 200_000);

        Assert.That((value < 1e-8, evaluations < 3_000 * dimensions), Is.EqualTo((true, true)), $"{value} after {evaluations}");
    }

    // That points outside are drawn again keeps the mean inside: a corner is neared to a hundredth of the box, and not met.
    [Test]
    public void CmaEs_NearsAMinimum_InACorner([Values(1, 4)] int dimensions) =>
        Assert.That(Minimize(new CmaEsOptimizer(), dimensions, 42, point => point.Sum(), 0.01 * dimensions, 2_000).Value, Is.LessThan(0.01 * dimensions));

    [Test]
    public void CmaEs_PassesFailures()
    {
        // Half of the box has no values, and the best value lies at its border.
        (double value, _) = Minimize(new CmaEsOptimizer(), 4, 42, point => point[0] < 0.5 ? null : Sphere(point), 1e-3, 5_000);

        Assert.That(value, Is.EqualTo(Math.Pow(0.5 - 0.3, 2)).Within(1e-6));
    }

    [Test]
    public void NelderMead_FindsTheMinimum_OfASphere([Values(1, 2, 6)] int dimensions)
    {
        (double value, int evaluations) = Minimize(new NelderMeadOptimizer(), dimensions, 0, Sphere, 1e-8, 5_000);

        Assert.That((value < 1e-8, evaluations < 400 * dimensions), Is.EqualTo((true, true)), $"{value} after {evaluations}");
    }

    [Test]
    public void Grid_SeesEveryPointOnce()
    {
        List<double[]> points = [];
        OptimizerRun run = new GridOptimizer(3).Start(4, 7);
        while (!run.IsFinished)
        {
            IReadOnlyList<double[]> batch = run.Ask();
            points.AddRange(batch);
            run.Tell([.. batch.Select(_ => (double?)0)]);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(points.Select(point => string.Join(' ', point)).ToHashSet(StringComparer.Ordinal), Has.Count.EqualTo(81));
            Assert.That(points, Has.Count.EqualTo(81));
            Assert.That(points.SelectMany(point => point).Distinct().Order(), Is.EqualTo((double[])[0, 0.5, 1]));
            Assert.That(() => run.Ask(), Throws.InvalidOperationException);
        }
    }

    [Test]
    public void Random_IsUniform()
    {
        OptimizerRun run = new RandomOptimizer().Start(2, 5);
        List<double> numbers = [];
        for (int i = 0; i < 250; i++)
        {
            IReadOnlyList<double[]> batch = run.Ask();
            numbers.AddRange(batch.SelectMany(point => point));
            run.Tell([.. batch.Select(_ => (double?)null)]);
        }

        // 8,000 numbers: five standard errors of a mean and of a share of a tenth.
        using (Assert.EnterMultipleScope())
        {
            Assert.That(numbers.Average(), Is.EqualTo(0.5).Within(5 * Math.Sqrt(1.0 / 12 / numbers.Count)));
            Assert.That(numbers.Count(number => number < 0.1) / (double)numbers.Count, Is.EqualTo(0.1).Within(5 * Math.Sqrt(0.09 / numbers.Count)));
        }
    }

    [TestCaseSource(nameof(Optimizers))]
    public void Points_AreInTheBox_AndTheSameForTheSameSeed(Optimizer optimizer)
    {
        List<double[]> first = Points(optimizer, 3);
        List<double[]> second = Points(optimizer, 3);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.SelectMany(point => point), Is.All.InRange(0, 1));
            Assert.That(second, Is.EqualTo(first));
            Assert.That(first, Has.All.Length.EqualTo(3));
        }
    }

    [TestCaseSource(nameof(Optimizers))]
    public void Runs_AreAskedAndToldInTurn(Optimizer optimizer)
    {
        OptimizerRun run = optimizer.Start(2, 1);
        Assert.That(() => run.Tell([]), Throws.InvalidOperationException);
        IReadOnlyList<double[]> batch = run.Ask();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Ask(), Is.EqualTo(batch));
            Assert.That(() => run.Tell([1, 2]), Throws.ArgumentException);
            Assert.That(() => run.Tell([.. batch.Select(_ => (double?)double.NaN)]), Throws.ArgumentException);
            Assert.That(() => optimizer.Start(0, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public void AnotherSeed_IsAnotherRun() => Assert.That(new CmaEsOptimizer().Start(3, 1).Ask(), Is.Not.EqualTo(new CmaEsOptimizer().Start(3, 2).Ask()));

    [Test]
    public void TheFirstGeneration_HasTheMeanAndTheSpreadThatAreSaid()
    {
        // 3,000 points of 2 coordinates; nothing of a normal with σ = 0.1 around the middle is beyond the box's edge at five σ.
        double[] numbers = [.. new CmaEsOptimizer(new CmaEsOptions { PopulationSize = 3_000, StepSize = 0.1 }).Start(2, 9).Ask().SelectMany(point => point)];
        double mean = numbers.Average();
        double variance = numbers.Average(number => Math.Pow(number - mean, 2));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(mean, Is.EqualTo(0.5).Within(5 * 0.1 / Math.Sqrt(numbers.Length)));
            Assert.That(variance, Is.EqualTo(0.01).Within(5 * 0.01 * Math.Sqrt(2.0 / numbers.Length)));
        }
    }

    [Test]
    public void CmaEs_EndsOnAPlateau_AndRestartsWithTwiceThePopulation()
    {
        Dictionary<int, int> sizes = [];
        OptimizerRun run = new CmaEsOptimizer(new CmaEsOptions { PopulationSize = 5, Restarts = 1 }).Start(2, 3);
        while (!run.IsFinished)
        {
            IReadOnlyList<double[]> batch = run.Ask();
            sizes[batch.Count] = sizes.GetValueOrDefault(batch.Count) + 1;
            run.Tell([.. batch.Select(_ => (double?)1)]);
        }

        // 10 + ⌈30·2/λ⌉ generations.
        Assert.That(sizes, Is.EquivalentTo((KeyValuePair<int, int>[])[new(5, 22), new(10, 16)]));
    }

    [Test]
    public void Settings_AreChecked()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new CmaEsOptions { PopulationSize = 1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new CmaEsOptions { StepSize = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new CmaEsOptions { Restarts = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new GridOptimizer(1), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new GridOptimizer(10).Start(7, 1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("another optimiser"));
            Assert.That(() => new NelderMeadOptimizer(double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    private static (double Value, int Evaluations) Minimize(Optimizer optimizer, int dimensions, ulong seed, Func<double[], double?> function, double target, int budget)
    {
        OptimizerRun run = optimizer.Start(dimensions, seed);
        double best = double.PositiveInfinity;
        int evaluations = 0;
        while (!run.IsFinished && best >= target && evaluations < budget)
        {
            double?[] values = [.. run.Ask().Select(function)];
            evaluations += values.Length;
            best = Math.Min(best, values.Min() ?? double.PositiveInfinity);
            run.Tell(values);
        }

        return (best, evaluations);
    }

    private static List<double[]> Points(Optimizer optimizer, int dimensions)
    {
        List<double[]> points = [];
        OptimizerRun run = optimizer.Start(dimensions, 42);
        while (!run.IsFinished && points.Count < 600)
        {
            IReadOnlyList<double[]> batch = run.Ask();
            points.AddRange(batch);

            // To the corner, so that many draws fall outside; a few fail.
            run.Tell([.. batch.Select(point => point[0] is > 0.4 and < 0.42 ? (double?)null : -point.Sum())]);
        }

        return points;
    }

    private static double? Sphere(double[] point) => Shift(point).Sum(value => value * value);

    private static double? Ellipsoid(double[] vector) => vector.Select((value, index) => value * value * Math.Pow(1e4, index / (double)(vector.Length - 1))).Sum();

    private static double[] Shift(double[] point) => [.. point.Select(value => value - 0.3)];

    private static double[] Turn(double[][] rotation, double[] point)
    {
        double[] shifted = Shift(point);
        return [.. rotation.Select(row => row.Zip(shifted, (entry, value) => entry * value).Sum())];
    }

    // Householder's reflection: an orthogonal matrix without an axis of the box in it.
    private static double[][] Rotation(int dimensions)
    {
        double[] normal = [.. Enumerable.Range(1, dimensions).Select(i => Math.Sin(i))];
        double square = normal.Sum(value => value * value);
        return [.. Enumerable.Range(0, dimensions).Select(row => Enumerable.Range(0, dimensions).Select(column => (row == column ? 1.0 : 0.0) - (2 * normal[row] * normal[column] / square)).ToArray())];
    }
}

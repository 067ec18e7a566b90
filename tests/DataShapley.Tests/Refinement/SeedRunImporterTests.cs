using DataShapley.Datasets;
using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Refinement;
using DataShapley.Tests.Estimators;
using ModelSdk.Testing;

namespace DataShapley.Tests.Refinement;

public sealed class SeedRunImporterTests
{
    private static readonly SeedRunOptions FiveInPairs = new() { Clusters = 5, Estimator = new GroupRemovalEstimator { GroupSize = 2 } };

    [Test]
    public async Task Run_OfTwoIterations_GivesMeanSharesByHand()
    {
        using TestFolder folder = new();
        SeedRunFiles.WriteProxies(folder, SeedRunFiles.Five);

        // Out go 1 and 4, then 0 and 2, then 3: the same record as 0, and the one that is left.
        SeedRunFiles.WriteIteration(folder, 5, 1, [0.5, 0.375, 0.3125], Pick(1, 4, 0, 2, 3));

        // Out go 2 and 0, then 3 and 1, then 4. The model of all proxies is measured anew.
        SeedRunFiles.WriteIteration(folder, 5, 20, [0.5625, 0.5, 0.25], Pick(2, 3, 0, 1, 4));

        SeedRun run = await SeedRunImporter.ImportAsync(folder.Path, 0.25, FiveInPairs);

        // Shares of iteration 1: 0.0625 for 1 and 4, 0.03125 for 0 and 2, 0.0625 for 3. Of iteration 20: 0.03125 for 2 and 0, 0.125 for 3 and 1, 0 for 4.
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Values.Values, Is.EqualTo((double[])[0.03125, 0.09375, 0.03125, 0.09375, 0.03125]));
            Assert.That(run.Values.StandardErrors, Is.EqualTo((double[])[0, 0.03125, 0, 0.03125, 0.03125]).Within(1e-15));
            Assert.That(run.Values.Counts, Is.All.EqualTo(2));
            Assert.That(run.Values.DegreesOfFreedom, Is.All.EqualTo(1));
            Assert.That(run.Values.Samples[1], Is.EqualTo((double[])[0.03125, 0.125, 0.03125, 0.125, 0]));
            Assert.That(run.Values.Draws, Is.EqualTo(2));
            Assert.That(run.Values.Evaluations, Is.EqualTo(6));
            Assert.That(run.Finished, Is.EqualTo((int[])[1, 20]));
            Assert.That(run.Unfinished, Is.Empty);
        }
    }

    [Test]
    public async Task Iterations_ThatAreNotWhole_AreLeftOutAndNamed()
    {
        using TestFolder folder = new();
        SeedRunFiles.WriteProxies(folder, SeedRunFiles.Five);
        SeedRunFiles.WriteIteration(folder, 5, 3, [0.5, 0.375, 0.3125], Pick(1, 4, 0, 2));
        SeedRunFiles.WriteIteration(folder, 5, 10, [0.5, 0.375], Pick(1, 4));
        SeedRunFiles.WriteIteration(folder, 5, 11, [0.5], []);
        SeedRunFiles.WriteIteration(folder, 5, 12, [0.5, 0.375, 0.3125], Pick(1, 4, 0));
        File.WriteAllText(folder["count_file_5_13.txt"], "{'dataset_name': 'dev', 'accuracy': 1}\n\n");
        File.WriteAllText(folder["randomout_5_14.json"], SeedRunFiles.Array(Pick(1, 4)));
        File.WriteAllText(folder["count_file_5_03.txt"], "of no iteration");
        File.WriteAllText(folder["count_file_50_1.txt"], "of other clusters");

        SeedRun run = await SeedRunImporter.ImportAsync(folder.Path, 0.25, FiveInPairs);

        using (Assert.EnterMultipleScope())
        {
            // Who leaves last is known without being removed.
            Assert.That(run.Finished, Is.EqualTo((int[])[3]));
            Assert.That(run.Values.Values, Is.EqualTo((double[])[0.03125, 0.0625, 0.03125, 0.0625, 0.0625]));
            Assert.That(run.Values.StandardErrors, Is.All.EqualTo(double.PositiveInfinity));
            Assert.That(run.Unfinished, Is.EqualTo((SeedIteration[])[new(10, 2, 2), new(11, 1, 0), new(12, 3, 3), new(13, 1, 0), new(14, 0, 2)]));
        }
    }

    [Test]
    public async Task Records_WrittenDifferently_AreTheSameProxies()
    {
        using TestFolder folder = new();
        SeedRunFiles.WriteProxies(folder, SeedRunFiles.Five);
        string[] removed = [.. Pick(1, 4, 0, 2, 3)];
        removed[2] = "{\"output\":\"a\",\"input\":\"café?\",\n\"instruction\":\"Answer.\"}";
        SeedRunFiles.WriteIteration(folder, 5, 1, [0.5, 0.375, 0.3125], removed);

        SeedRun run = await SeedRunImporter.ImportAsync(folder.Path, 0.25, FiveInPairs);

        Assert.That(run.Values.Values, Is.EqualTo((double[])[0.03125, 0.0625, 0.03125, 0.0625, 0.0625]));
    }

    [TestCase(1, "shares")]
    [TestCase(3, "shares")]
    [TestCase(7, "shares")]
    [TestCase(1, "centred")]
    [TestCase(3, "centred")]
    [TestCase(3, "debiased")]
    [TestCase(3, "sums")]
    public async Task Run_OfAGame_GivesWhatTheEstimatorGives(int size, string kind)
    {
        using TestFolder folder = new();
        TableUtility utility = Valuations.Rough(7);
        int[][] orders = [.. Enumerable.Range(0, 4).Select(i => new RandomStreams(3, "orders").At(i).NextPermutation(7))];
        string[] records = [.. Enumerable.Range(0, 7).Select(i => $"{{\"instruction\":\"Answer.\",\"id\":{i}}}")];
        SeedRunFiles.WriteProxies(folder, records);
        for (int t = 0; t < orders.Length; t++)
        {
            int[] order = orders[t];
            IEnumerable<double> values = Enumerable.Range(0, (6 / size) + 1).Select(step => Valuations.Value(utility, order.Skip(step * size).Sum(player => 1 << player)));
            SeedRunFiles.WriteIteration(folder, 7, t + 1, values, order.Select(player => records[player]));
        }

        GroupRemovalEstimator settings = new(orders)
        {
            GroupSize = size,
            Centre = kind.Equals("centred", StringComparison.Ordinal),
            Debias = kind.Equals("debiased", StringComparison.Ordinal),
            SumsContributions = kind.Equals("sums", StringComparison.Ordinal),
        };
        ValuationResult expected = await Valuations.RunAsync(settings, utility);

        SeedRun run = await SeedRunImporter.ImportAsync(folder.Path, Valuations.Value(utility, 0), new SeedRunOptions { Clusters = 7, Estimator = settings });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Values.Values, Is.EqualTo(expected.Values));
            Assert.That(run.Values.StandardErrors, Is.EqualTo(expected.StandardErrors));
            Assert.That(run.Values.Variances, Is.EqualTo(expected.Variances));
            Assert.That(run.Values.DegreesOfFreedom, Is.EqualTo(expected.DegreesOfFreedom));
            Assert.That(run.Values.Counts, Is.EqualTo(expected.Counts));
            Assert.That(run.Values.Samples, Has.Count.EqualTo(settings.Centre ? 0 : 4));
        }
    }

    [TestCase("__import__('os').system('true')")]
    [TestCase("{'dataset_name': 'dev', 'accuracy': __import__('os').getpid()}")]
    [TestCase("{'dataset_name': 'dev', 'accuracy': 1/2}")]
    [TestCase("{'dataset_name': 'dev', 'accuracy': 0.5} {'dataset_name': 'dev', 'accuracy': 0.5}")]
    [TestCase("{'dataset_name': 'dev', 'accuracy': '0.5'}")]
    [TestCase("{'dataset_name': 'dev', 'accuracy': True}")]
    [TestCase("{'dataset_name': 'dev', 'accuracy': None}")]
    [TestCase("{'dataset_name': 'dev', 'accuracy': nan}")]
    [TestCase("{'dataset_name': 'dev', 'accuracy': 1e999}")]
    [TestCase("{'dataset_name': 'dev'}")]
    [TestCase("{'accuracy': 0.5}")]
    [TestCase("{'dataset_name': 'dev', 'accuracy': 0.5")]
    [TestCase("[0.5]")]
    [TestCase("0.5")]
    public void Line_ThatIsNoEvaluation_IsRefusedWithItsPlace(string line)
    {
        using TestFolder folder = new();
        SeedRunFiles.WriteProxies(folder, SeedRunFiles.Five);
        File.WriteAllText(folder["count_file_5_1.txt"], $"{{'dataset_name': 'dev', 'accuracy': 0.5}}\n\n{line}\n");

        Assert.That(
            () => SeedRunImporter.ImportAsync(folder.Path, 0, FiveInPairs),
            Throws.TypeOf<RefinementException>().With.Property("Reason").EqualTo(RefinementError.UnreadableFile)
                .And.Property("Line").EqualTo(3).And.Message.Contains(folder["count_file_5_1.txt"]).And.Message.Contains("line 3"));
    }

    [Test]
    public void Nesting_WithoutEnd_IsRefused()
    {
        using TestFolder folder = new();
        SeedRunFiles.WriteProxies(folder, SeedRunFiles.Five);
        File.WriteAllText(folder["count_file_5_1.txt"], string.Concat(Enumerable.Repeat("{'a': ", 100_000)));

        Assert.That(() => SeedRunImporter.ImportAsync(folder.Path, 0, FiveInPairs), Throws.TypeOf<RefinementException>().With.Property("Line").EqualTo(1));
    }

    [Test]
    public void CountFile_OfTwoRuns_IsRefusedAtTheFirstLineTooMany()
    {
        using TestFolder folder = new();
        SeedRunFiles.WriteProxies(folder, SeedRunFiles.Five);
        SeedRunFiles.WriteIteration(folder, 5, 1, [0.5, 0.375, 0.3125, 0.5], Pick(1, 4, 0, 2, 3));

        Assert.That(
            () => SeedRunImporter.ImportAsync(folder.Path, 0, FiveInPairs),
            Throws.TypeOf<RefinementException>().With.Property("Reason").EqualTo(RefinementError.UnreadableFile).And.Property("Line").EqualTo(4));
    }

    [TestCase("{\"instruction\": \"Answer.\", \"input\": \"three?\", \"output\": \"b\"}", "not among the proxies")]
    [TestCase("{\"instruction\": \"Answer.\"}", "not among the proxies")]
    [TestCase("{\"instruction\": \"Answer.\", \"input\": \"two?\", \"output\": \"b\"}", "removed before")]
    public void Record_OfAnotherRun_IsRefusedWithItsPlace(string record, string problem)
    {
        using TestFolder folder = new();
        SeedRunFiles.WriteProxies(folder, SeedRunFiles.Five);
        SeedRunFiles.WriteIteration(folder, 5, 1, [0.5, 0.375, 0.3125], [.. Pick(1), record]);

        Assert.That(
            () => SeedRunImporter.ImportAsync(folder.Path, 0, FiveInPairs),
            Throws.TypeOf<RefinementException>().With.Property("Reason").EqualTo(RefinementError.OtherRun)
                .And.Property("Line").EqualTo(3).And.Message.Contains(problem).And.Message.Contains(folder["randomout_5_1.json"]));
    }

    [TestCase("[\n {\"instruction\": \"Answer.\",\n", DatasetError.BrokenContainer)]
    [TestCase("[\n {\"instruction\": eval(1)}\n]", DatasetError.MalformedRecord)]
    [TestCase("instruction,output\nAnswer.,b\n", DatasetError.UnexpectedFormat)]
    public void RemovedRecords_ThatAreNoJson_AreRefused(string text, DatasetError reason)
    {
        using TestFolder folder = new();
        SeedRunFiles.WriteProxies(folder, SeedRunFiles.Five);
        File.WriteAllText(folder["randomout_5_1.json"], text);

        Assert.That(() => SeedRunImporter.ImportAsync(folder.Path, 0, FiveInPairs), Throws.TypeOf<DatasetException>().With.Property("Reason").EqualTo(reason).And.Property("Line").GreaterThan(0));
    }

    [Test]
    public void Proxies_OfAnotherNumber_AreRefused()
    {
        using TestFolder folder = new();
        File.WriteAllText(folder["cluster_center_5.json"], SeedRunFiles.Array(SeedRunFiles.Five.Take(4)));

        Assert.That(() => SeedRunImporter.ImportAsync(folder.Path, 0, FiveInPairs), Throws.TypeOf<RefinementException>().With.Property("Reason").EqualTo(RefinementError.OtherClusters));
    }

    [Test]
    public void Run_WithoutAWholeIteration_IsRefused()
    {
        using TestFolder folder = new();
        SeedRunFiles.WriteProxies(folder, SeedRunFiles.Five);
        SeedRunFiles.WriteIteration(folder, 5, 1, [0.5], Pick(1, 4));

        Assert.That(() => SeedRunImporter.ImportAsync(folder.Path, 0, FiveInPairs), Throws.TypeOf<RefinementException>().With.Property("Reason").EqualTo(RefinementError.NothingFinished));
    }

    [Test]
    public void Settings_ThatTheCodeCannotHave_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new SeedRunOptions { Clusters = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new SeedRunOptions { Estimator = new GroupRemovalEstimator { Direction = GroupDirection.Insertion } }, Throws.ArgumentException);
            Assert.That(() => new SeedRunOptions { Estimator = new GroupRemovalEstimator { Groups = [[0]] } }, Throws.ArgumentException);
            Assert.That(() => SeedRunImporter.ImportAsync("folder", double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    private static IEnumerable<string> Pick(params int[] proxies) => proxies.Select(proxy => SeedRunFiles.Five[proxy]);
}

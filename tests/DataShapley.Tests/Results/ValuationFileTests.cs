using DataShapley.Games;
using DataShapley.Results;
using ModelSdk.Testing;

namespace DataShapley.Tests.Results;

/// <summary>Results on disk.</summary>
public sealed class ValuationFileTests
{
    [Test]
    public void Load_OfWhatWasSaved_IsTheSameToTheBit()
    {
        using TestFolder folder = new();
        ValuationResult saved = Example();
        ValuationFile.Save(saved, folder["a.json"]);
        ValuationResult loaded = ValuationFile.Load(folder["a.json"]);
        ValuationFile.Save(loaded, folder["b.json"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Bits(loaded.Values), Is.EqualTo(Bits(saved.Values)));
            Assert.That(loaded.StandardErrors, Is.EqualTo(saved.StandardErrors));
            Assert.That(loaded.Counts, Is.EqualTo(saved.Counts));
            Assert.That(loaded.Variances, Is.EqualTo(saved.Variances));
            Assert.That(loaded.DegreesOfFreedom, Is.EqualTo(saved.DegreesOfFreedom));
            Assert.That(loaded.Names, Is.EqualTo(saved.Names));
            Assert.That(loaded.Samples, Is.EqualTo(saved.Samples));
            Assert.That(loaded.Facts, Is.EqualTo(saved.Facts));
            Assert.That(
                (loaded.Estimator, loaded.Settings, loaded.Utility, loaded.Range, loaded.Seed, loaded.Status, loaded.Draws, loaded.Evaluations, loaded.EvaluationCounts, loaded.Elapsed),
                Is.EqualTo((saved.Estimator, saved.Settings, saved.Utility, saved.Range, saved.Seed, saved.Status, saved.Draws, saved.Evaluations, saved.EvaluationCounts, saved.Elapsed)));
            Assert.That(File.ReadAllBytes(folder["b.json"]), Is.EqualTo(File.ReadAllBytes(folder["a.json"])));
        }
    }

    [Test]
    public void Save_WritesNullForWhatIsNotKnown()
    {
        using TestFolder folder = new();
        ValuationFile.Save(Example(), folder["a.json"]);
        string json = File.ReadAllText(folder["a.json"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(json, Does.StartWith("{\"format\":\"datashapley.valuation\",\"version\":1,"));
            Assert.That(json, Does.Contain("\"values\":[0.1,-0,null,1E-300],\"standardErrors\":[0.01,0,null,null],\"infiniteErrors\":[3]"));
        }
    }

    [TestCase(double.PositiveInfinity)]
    [TestCase(double.NegativeInfinity)]
    public void Save_OfAnInfiniteValue_IsRefused(double value)
    {
        using TestFolder folder = new();
        ValuationResult result = new([value], [0], [1]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => ValuationFile.Save(result, folder["a.json"]), Throws.ArgumentException.With.Message.Contains("player 0"));
            Assert.That(() => ValuationFile.SaveCsv(result, folder["a.csv"]), Throws.ArgumentException);
            Assert.That(Directory.GetFiles(folder.Path), Is.Empty);
        }
    }

    [Test]
    public void Save_OfListsThatDoNotFit_IsRefused()
    {
        using TestFolder folder = new();
        Assert.That(() => ValuationFile.Save(new ValuationResult([1, 2], [0], [1, 1]), folder["a.json"]), Throws.ArgumentException.With.Message.Contains("2 values and 1 standard errors"));
    }

    [TestCase("\"version\":1", "\"version\":2", "version is 2")]
    [TestCase("datashapley.valuation", "other", "format")]
    [TestCase("\"counts\":[4,", "\"counts\":[4,4,", "'counts' has 5 entries for 4 values")]
    [TestCase("\"counts\":[4,", "\"counts\":[4.5,", "")]
    [TestCase("\"values\":[0.1,", "\"values\":[1e999,", "")]
    [TestCase("\"values\":[0.1,", "\"values\":[\"Infinity\",", "infinite")]
    [TestCase("\"values\":[0.1,", "\"values\":[\"a\",", "")]
    [TestCase("\"infiniteErrors\":[3]", "\"infiniteErrors\":[4]", "player 4 of 4")]
    [TestCase("\"infiniteErrors\":[3]", "\"infiniteErrors\":[-1]", "player -1 of 4")]
    [TestCase("\"status\":\"Exhausted\"", "\"status\":\"7\"", "status '7'")]
    [TestCase("\"seed\":", "\"sed\":", "")]
    [TestCase("\"range\":[0,1]", "\"range\":[0]", "")]
    [TestCase("\"range\":[0,1]", "\"range\":[1,0]", "range")]
    [TestCase("\"names\":[", "\"names\":[null,", "")]
    [TestCase("]}", "]", "")]
    public void Load_OfADamagedFile_SaysWhatIsWrong(string part, string replacement, string message)
    {
        using TestFolder folder = new();
        ValuationFile.Save(Example(), folder["a.json"]);
        string json = File.ReadAllText(folder["a.json"]);
        string damaged = json.Replace(part, replacement, StringComparison.Ordinal);
        File.WriteAllText(folder["a.json"], damaged);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(damaged, Is.Not.EqualTo(json));
            Assert.That(
                () => ValuationFile.Load(folder["a.json"]),
                Throws.TypeOf<ValuationException>().With.Property(nameof(ValuationException.Reason)).EqualTo(ValuationError.UnreadableResult).And.Message.Contains(message));
        }
    }

    // The quantile of Student's t for 3 degrees at 97.5 % is 3.182446.
    [Test]
    public void SaveCsv_WritesIntervals_AndLoadCsvReadsThemAgain()
    {
        using TestFolder folder = new();
        ValuationFile.SaveCsv(Example(), folder["a.csv"]);
        string[] lines = File.ReadAllLines(folder["a.csv"]);
        string[] first = lines[1].Split(',');
        ValuationResult loaded = ValuationFile.LoadCsv(folder["a.csv"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines[0], Is.EqualTo("index,value,std_error,low,high"));
            Assert.That(double.Parse(first[3], System.Globalization.CultureInfo.InvariantCulture), Is.EqualTo(0.1 - 0.03182446).Within(1e-8));
            Assert.That(double.Parse(first[4], System.Globalization.CultureInfo.InvariantCulture), Is.EqualTo(0.1 + 0.03182446).Within(1e-8));
            Assert.That(lines[2..], Is.EqualTo(["1,-0,0,-0,0", "2,,,,", "3,1E-300,,,"]));
            Assert.That(Bits(loaded.Values), Is.EqualTo(Bits(Example().Values)));
            Assert.That(loaded.StandardErrors, Is.EqualTo([0.01, 0, double.NaN, double.NaN]));
        }
    }

    [Test]
    public void LoadCsv_OfRowsInAnyOrder_OrdersThem()
    {
        using TestFolder folder = new();
        File.WriteAllText(folder["a.csv"], "\uFEFFindex,value,std_error\r\n1,5,\r\n0,4,0.5\r\n\r\n");
        Assert.That(ValuationFile.LoadCsv(folder["a.csv"]).Values, Is.EqualTo([4, 5]));
    }

    [TestCase("", "line 1")]
    [TestCase("index,value\n", "line 1")]
    [TestCase("index,value,std_errors\n", "line 1")]
    [TestCase("index,value,std_error\n0,1\n", "line 2")]
    [TestCase("index,value,std_error\n-1,1,1\n", "line 2")]
    [TestCase("index,value,std_error\n0,inf,1\n", "line 2")]
    [TestCase("index,value,std_error\n0,1,1\n0,1,1\n", "index 0")]
    [TestCase("index,value,std_error\n7,1,1\n", "index 7")]
    public void LoadCsv_OfADamagedFile_SaysWhere(string text, string message)
    {
        using TestFolder folder = new();
        File.WriteAllText(folder["a.csv"], text);
        Assert.That(() => ValuationFile.LoadCsv(folder["a.csv"]), Throws.TypeOf<ValuationException>().With.Message.Contains(message));
    }

    private static long[] Bits(IEnumerable<double> values) => [.. values.Select(BitConverter.DoubleToInt64Bits)];

    private static ValuationResult Example() => new([0.1, -0.0, double.NaN, 1e-300], [0.01, 0, double.NaN, double.PositiveInfinity], [4, 16, 0, 1])
    {
        Variances = [4e-4, 0, double.NaN, double.NaN],
        DegreesOfFreedom = [3, double.PositiveInfinity, 0, 0],
        Names = ["a", "b,\"\n", string.Empty, "é😀"],
        Facts = new SortedDictionary<string, double>(StringComparer.Ordinal) { ["subsidy"] = 0.5, ["none"] = double.NaN, ["bound"] = double.PositiveInfinity },
        Samples = [[1, 2, double.NaN, 4], [0.5, double.NegativeInfinity, 0, 0]],
        Estimator = "e",
        Settings = "s { }",
        Utility = "u",
        Range = UtilityRange.Unit,
        Seed = ulong.MaxValue,
        Status = ValuationStatus.Exhausted,
        Draws = 9,
        Evaluations = 36,
        EvaluationCounts = new EvaluationCounts(36, 20, 10, 6, 1),
        Elapsed = TimeSpan.FromTicks(123_456_789),
    };
}

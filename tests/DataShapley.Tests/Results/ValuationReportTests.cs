using System.Xml;
using System.Xml.Linq;
using DataShapley.Games;
using DataShapley.Results;
using ModelSdk.Testing;

namespace DataShapley.Tests.Results;

/// <summary>Reports of valuations.</summary>
public sealed class ValuationReportTests
{
    private static readonly XNamespace Html = "http://www.w3.org/1999/xhtml";

    [Test]
    public async Task Save_OfAllThereIs_IsOneWellFormedFileOfTheSameBytes()
    {
        using TestFolder folder = new();
        ValuationResult result = Example();
        DelegateUtility utility = new("additive", 50, coalition => coalition.Size);
        ValuationReportOptions options = new()
        {
            Title = "A <b>title</b>",
            Detection = NoisyLabelDetection.Of(result.Values, [0, 3, 5]),
            Curves = [new NamedCurve("highest", await RemovalCurve.ComputeAsync(utility, result.Values))],
            Other = result with { Values = [.. result.Values.Reverse()] },
            OtherName = "its \"mirror\"",
        };
        ValuationReport.Save(result, folder["a.html"], options);
        ValuationReport.Save(result, folder["b.html"], options);
        XElement root = Parse(File.ReadAllText(folder["a.html"]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllBytes(folder["b.html"]), Is.EqualTo(File.ReadAllBytes(folder["a.html"])));
            Assert.That(root.Descendants(Html + "h1").Single().Value, Is.EqualTo("A <b>title</b>"));
            Assert.That(root.Descendants(Html + "h2").Select(heading => heading.Value), Is.EqualTo(
                ["How sure the values are", "Values", "Highest and lowest", "Detection of corrupted data", "Removal and addition", "Comparison"]));
            Assert.That(root.Descendants(Html + "figure").Count(), Is.EqualTo(7));
            Assert.That(root.Descendants(Html + "script"), Is.Empty);
            Assert.That(Cells(root, "Seed"), Is.EqualTo(["Seed", "18446744073709551615"]));
            Assert.That(Cells(root, "<i>49</i>"), Is.EqualTo(["<i>49</i>", "49", "49", "0.1", "48.7", "49.3", "4"]).Using<string>(IsClose));
        }
    }

    [Test]
    public void Create_OfExactValues_SaysSo()
    {
        ValuationResult exact = new([1, 2], [0, 0], [4, 4]) { DegreesOfFreedom = [double.PositiveInfinity, double.PositiveInfinity] };
        Assert.That(Paragraphs(exact), Has.Some.Contains("they are exact for this utility"));
    }

    [Test]
    public void Create_OfUncertainValues_SaysWhatIsNotKnown()
    {
        ValuationResult result = new([1, -0.1, 0.5, double.NaN], [0.1, 1, double.PositiveInfinity, double.NaN], [10, 10, 1, 0])
        {
            DegreesOfFreedom = [9, 9, 0, 0],
            Status = ValuationStatus.Exhausted,
            EvaluationCounts = new EvaluationCounts(5, 5, 0, 0, 2),
        };
        string[] paragraphs = Paragraphs(result);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(paragraphs, Has.Some.EqualTo("1 of 4 players have no value."));
            Assert.That(paragraphs, Has.Some.StartWith("1 of 3 values have no interval"));
            Assert.That(paragraphs, Has.Some.Contains("at level 0.95").And.Contains("about 0.1 of 2 miss"));
            Assert.That(paragraphs, Has.Some.EqualTo("For 1 of 2 players the interval holds 0: whether they help or harm is not known."));
            Assert.That(paragraphs, Has.Some.StartWith("2 evaluations failed."));
            Assert.That(ValuationReport.Create(result).ToHtml(), Does.Contain("was used up").And.Contain("not known"));
        }
    }

    [Test]
    public void Create_OfNoOrOnlyMissingValues_IsWellFormed()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Parse(ValuationReport.Create(new ValuationResult([], [], [])).ToHtml()), Throws.Nothing);
            Assert.That(() => Parse(ValuationReport.Create(new ValuationResult([double.NaN], [double.NaN], [0])).ToHtml()), Throws.Nothing);
        }
    }

    [Test]
    public void Options_OutsideTheirRanges_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new ValuationReportOptions { Level = 1 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new ValuationReportOptions { Shown = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new ValuationReportOptions { Title = string.Empty }, Throws.ArgumentException);
            Assert.That(() => ValuationReport.Create(Example(), new ValuationReportOptions { Other = new ValuationResult([1], [0], [1]) }), Throws.ArgumentException);
        }
    }

    private static bool IsClose(string actual, string expected) =>
        actual.Equals(expected, StringComparison.Ordinal) || (double.TryParse(actual, out double a) && double.TryParse(expected, out double b) && Math.Abs(a - b) < 0.05);

    private static string[] Cells(XElement root, string first) =>
        [.. root.Descendants(Html + "tr").First(row => row.Elements(Html + "td").FirstOrDefault()?.Value.Equals(first, StringComparison.Ordinal) == true).Elements().Select(cell => cell.Value)];

    private static string[] Paragraphs(ValuationResult result) => [.. Parse(ValuationReport.Create(result).ToHtml()).Descendants(Html + "p").Select(paragraph => paragraph.Value)];

    private static XElement Parse(string text)
    {
        using XmlReader reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XElement.Load(reader);
    }

    private static ValuationResult Example()
    {
        double[] error = new double[50];
        Array.Fill(error, 0.1);
        long[] counts = new long[50];
        Array.Fill(counts, 4);
        double[] freedom = new double[50];
        Array.Fill(freedom, 3);
        return new ValuationResult([.. Enumerable.Range(0, 50).Select(i => (double)i)], error, counts)
        {
            DegreesOfFreedom = freedom,
            Names = [.. Enumerable.Range(0, 50).Select(i => $"<i>{i}</i>")],
            Seed = ulong.MaxValue,
        };
    }
}

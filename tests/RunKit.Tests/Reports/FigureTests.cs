using System.Globalization;
using System.Xml.Linq;
using RunKit.Reports;

namespace RunKit.Tests.Reports;

/// <summary>What holds for every figure, and for each kind.</summary>
public sealed class FigureTests
{
    private const string Hostile = "</text><script>alert('x')</script>&\"\0\u001b\uD800 \u202E😀";

    private static readonly double[][] Data =
    [
        [],
        [3],
        [double.NaN],
        [double.NaN, double.PositiveInfinity, double.NegativeInfinity],
        [2, 2, 2],
        [0, 0],
        [-1e-12, 1e-12],
        [1, 1 + 1e-15],
        [-double.MaxValue, double.MaxValue],
        [double.MaxValue, double.MaxValue],
        [double.Epsilon, 0],
        [1, double.NaN, 2, 3, double.NegativeInfinity, -4],
    ];

    [TestCaseSource(nameof(Data))]
    public void ToSvg_OfAnyNumbers_IsWellFormedAndFinite(params double[] values)
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (Figure figure in Figures("Title", values))
            {
                string svg = figure.ToSvg();
                XElement root = Markup.Parse(svg);
                Assert.That(root.Element(Markup.Svg + "title")!.Value, Is.EqualTo("Title"));
                Assert.That(Coordinates(root), Is.All.InRange(-2000, 2000), figure.GetType().Name);
            }
        }
    }

    [Test]
    public void ToSvg_OfHostileText_StaysText()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (Figure figure in Figures(Hostile, [1, 2]))
            {
                XElement root = Markup.Parse(figure.ToSvg());
                Assert.That(root.Descendants(Markup.Svg + "script"), Is.Empty);
                Assert.That(root.Element(Markup.Svg + "title")!.Value, Does.StartWith("</text><script>alert('x')</script>&\"\uFFFD\uFFFD\uFFFD").And.EndsWith("😀"));
            }
        }
    }

    [Test]
    public void ToSvg_Twice_IsTheSame()
    {
        double[] values = [.. Enumerable.Range(0, 5000).Select(i => Math.Sqrt(i))];
        string[] first = [.. Figures("a", values).Select(figure => figure.ToSvg())];
        Assert.That(Figures("a", values).Select(figure => figure.ToSvg()), Is.EqualTo(first));
    }

    [Test]
    public void ToSvg_InACultureWithCommas_HasPoints()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        commas.NumberFormat.NumberDecimalSeparator = ",";
        string expected = Figures("a", [0.5, 1.25]).First().ToSvg();
        try
        {
            CultureInfo.CurrentCulture = commas;
            Assert.That(Figures("a", [0.5, 1.25]).First().ToSvg(), Is.EqualTo(expected));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Test]
    public void LineChart_WithAGap_BreaksLineAndBand()
    {
        Series series = new Series("a", [0, 1, 2, 3, 4], [1, 2, double.NaN, 4, 5]).WithBand([0, 1, 2, 3, 4], [2, 3, 4, double.PositiveInfinity, 6]);
        XElement root = Markup.Parse(new LineChart("t", "x", "y", series).ToSvg());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(root.Elements(Markup.Svg + "polyline").Count(), Is.EqualTo(2));
            Assert.That(root.Elements(Markup.Svg + "polygon").Count(), Is.EqualTo(2));
            Assert.That(root.Element(Markup.Svg + "desc")!.Value, Does.Contain("Left out: 1 points"));
        }
    }

    [Test]
    public void LineChart_OfManyPoints_DrawsTheOutlierAndSaysHowManyItDraws()
    {
        double[] x = [.. Enumerable.Range(0, 100_000).Select(i => (double)i)];
        double[] y = new double[x.Length];
        y[54_321] = 1;
        XElement root = Markup.Parse(new LineChart("t", "x", "y", new Series("flat", x, y)).ToSvg());
        string[] points = root.Element(Markup.Svg + "polyline")!.Attribute("points")!.Value.Split(' ');
        using (Assert.EnterMultipleScope())
        {
            Assert.That(points, Has.Length.LessThanOrEqualTo(2520));
            Assert.That(points.Count(point => point.EndsWith(",30", StringComparison.Ordinal)), Is.EqualTo(1));
            Assert.That(root.Element(Markup.Svg + "desc")!.Value, Does.Contain($"{points.Length} of 100000 points are drawn"));
        }
    }

    [Test]
    public void ScatterChart_OfPointsUponOneAnother_DrawsOneAndSaysSo()
    {
        Series group = new("g", [0, 0, 0, 1], [0, 0, 0, 1]);
        XElement root = Markup.Parse(new ScatterChart("t", "x", "y", group).ToSvg());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(root.Elements(Markup.Svg + "circle").Count(), Is.EqualTo(2));
            Assert.That(root.Element(Markup.Svg + "desc")!.Value, Does.Contain("2 of 4 points are drawn"));
        }
    }

    [Test]
    public void BarChart_OfSignedValues_DrawsFromZeroWithErrors()
    {
        BarChart chart = new BarChart("t", "v", ["a", "b", "c"], [1, -2, double.NaN]).WithErrors([0.5, double.NegativeInfinity, 0], [1.5, 0, 0]);
        XElement[] bars = [.. Markup.Parse(chart.ToSvg()).Elements(Markup.Svg + "rect")];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bars, Has.Length.EqualTo(2));
            Assert.That(Attribute(bars[1], "x") + Attribute(bars[1], "width"), Is.EqualTo(Attribute(bars[0], "x")).Within(0.02));
            Assert.That(Attribute(bars[1], "width"), Is.EqualTo(2 * Attribute(bars[0], "width")).Within(0.03));
            Assert.That(chart.ToSvg(), Does.Contain("no value"));
            Assert.That(chart.ToSvg().Split("stroke-width=\"1.2\""), Has.Length.EqualTo(4));
        }
    }

    [Test]
    public void BarChart_OfTooManyBars_SaysHowManyItDraws()
    {
        string[] names = [.. Enumerable.Range(0, 300).Select(i => $"n{i}")];
        Assert.That(new BarChart("t", "v", names, new double[300]).ToSvg(), Does.Contain("The first 200 of 300 bars are drawn."));
    }

    [Test]
    public void Histogram_CountsEveryFiniteValue()
    {
        double[] values = [0, 0.1, 0.5, 0.9, 1, double.NaN];
        double[] sorted = [.. values.Where(double.IsFinite).Order()];
        Assert.That(new Histogram("t", "v", values) { BinCount = 2 }.Count(sorted, Scale.Of(sorted)), Is.EqualTo([2, 3]));
    }

    [Test]
    public void HeatMap_OfManyCells_DrawsMeansAndSaysSo()
    {
        string[] names = [.. Enumerable.Range(0, 150).Select(i => $"n{i}")];
        double[][] values = [.. names.Select((_, row) => names.Select((_, column) => (double)(row + column)).ToArray())];
        XElement root = Markup.Parse(new HeatMap("t", names, names, values).ToSvg());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(root.Elements(Markup.Svg + "rect").Count(), Is.EqualTo((75 * 75) + 40));
            Assert.That(root.Elements(Markup.Svg + "rect").First().Value, Is.EqualTo("1"));
            Assert.That(root.Element(Markup.Svg + "desc")!.Value, Does.Contain("the mean of up to 2 × 2 of 150 × 150 numbers"));
        }
    }

    [Test]
    public void Figures_OfListsThatDoNotFit_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new Series("a", [1], []), Throws.ArgumentException);
            Assert.That(() => new Series("a", [1], [1]).WithBand([1], []), Throws.ArgumentException);
            Assert.That(() => new BarChart("t", "v", ["a"], []), Throws.ArgumentException);
            Assert.That(() => new BarChart("t", "v", ["a"], [1]).WithErrors([], [1]), Throws.ArgumentException);
            Assert.That(() => new HeatMap("t", ["a"], ["b"], [[1, 2]]), Throws.ArgumentException);
            Assert.That(() => new Histogram("t", "v", []) { BinCount = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    private static IEnumerable<Figure> Figures(string text, double[] values)
    {
        double[] index = [.. values.Select((_, i) => (double)i)];
        string[] names = [.. values.Select(_ => text)];
        Series[] series = [new Series(text, index, values).WithBand(values, values), new Series(text, values, values)];
        yield return new LineChart(text, text, text, series) { Description = text };
        yield return new ScatterChart(text, text, text, series) { Description = text };
        yield return new BarChart(text, text, names, values).WithErrors(values, values);
        yield return new Histogram(text, text, values);
        yield return new HeatMap(text, names, [text], [.. values.Select(value => (double[])[value])]);
    }

    private static double Attribute(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    private static IEnumerable<double> Coordinates(XElement root)
    {
        string[] single = ["x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "width", "height"];
        foreach (XAttribute attribute in root.DescendantsAndSelf().Attributes())
        {
            if (single.Contains(attribute.Name.LocalName))
            {
                yield return double.Parse(attribute.Value, CultureInfo.InvariantCulture);
            }
            else if (attribute.Name.LocalName is "points")
            {
                foreach (string number in attribute.Value.Split(' ', ','))
                {
                    yield return double.Parse(number, CultureInfo.InvariantCulture);
                }
            }
        }
    }
}

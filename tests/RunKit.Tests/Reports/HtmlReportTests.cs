using System.Text;
using System.Xml.Linq;
using ModelSdk.Testing;
using RunKit.Reports;

namespace RunKit.Tests.Reports;

/// <summary>Reports in one file.</summary>
public sealed class HtmlReportTests
{
    private const string Hostile = "<script src=\"http://x\"></script>&amp;\0";

    [Test]
    public void ToHtml_OfHostileText_IsWellFormedAndLoadsNothing()
    {
        XElement root = Markup.Parse(Build(Hostile).ToHtml());
        string[] loading = ["script", "link", "img", "iframe", "object"];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(root.Descendants().Where(element => loading.Contains(element.Name.LocalName)), Is.Empty);
            Assert.That(root.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "src" or "href"), Is.Empty);
            Assert.That(root.Descendants(Markup.Html + "h1").Single().Value, Is.EqualTo(Hostile.Replace('\0', '\uFFFD')));
            Assert.That(root.Descendants(Markup.Html + "td").First().Value, Is.EqualTo(Hostile.Replace('\0', '\uFFFD')));
            Assert.That(root.Descendants(Markup.Svg + "svg").Single().Attribute("role")!.Value, Is.EqualTo("img"));
        }
    }

    [Test]
    public void ToHtml_OfATable_PutsNumbersAtTheRight()
    {
        XElement root = Markup.Parse(new HtmlReport("t").AddTable(new ReportTable(string.Empty, "a", "b").AddRow("-1.5e3", "x")).ToHtml());
        Assert.That(root.Descendants(Markup.Html + "td").Select(cell => cell.Attribute("class")?.Value), Is.EqualTo(["n", null]));
    }

    [Test]
    public void Save_WritesTheSameBytesEachTime()
    {
        using TestFolder folder = new();
        Build("a").Save(folder["report.html"]);
        byte[] first = File.ReadAllBytes(folder["report.html"]);
        Build("a").Save(folder["report.html"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllBytes(folder["report.html"]), Is.EqualTo(first));
            Assert.That(Encoding.UTF8.GetString(first), Is.EqualTo(Build("a").ToHtml()).And.StartsWith("<!DOCTYPE html>"));
            Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
        }
    }

    [Test]
    public void Tables_OfRowsThatDoNotFit_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new ReportTable("t"), Throws.ArgumentException);
            Assert.That(() => new ReportTable("t", "a").AddRow("1", "2"), Throws.ArgumentException);
        }
    }

    private static HtmlReport Build(string text) => new HtmlReport(text)
        .AddHeading(text)
        .AddParagraph(text)
        .AddTable(new ReportTable(text, text, "b").AddRow(text, "1.5"))
        .AddFigure(new LineChart(text, text, text, new Series(text, [0, 1], [1, 2])));
}

using System.Xml;
using System.Xml.Linq;

namespace RunKit.Tests.Reports;

/// <summary>Reads what reports write.</summary>
internal static class Markup
{
    public static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    public static readonly XNamespace Html = "http://www.w3.org/1999/xhtml";

    /// <summary>Parses as XML, which fails where anything is not well-formed.</summary>
    public static XElement Parse(string text)
    {
        using XmlReader reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XElement.Load(reader);
    }
}

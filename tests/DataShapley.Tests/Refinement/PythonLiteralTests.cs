using System.Text.Json.Nodes;
using DataShapley.Refinement;

namespace DataShapley.Tests.Refinement;

public sealed class PythonLiteralTests
{
    [TestCase("{'a': 'it\\'s', \"b\": (1, -2.5e3, True), 'c': None,}", "{\"a\":\"it's\",\"b\":[1,-2500,true],\"c\":null}")]
    [TestCase(" [] ", "[]")]
    [TestCase("[[], {}, ()]", "[[],{},[]]")]
    [TestCase("'\\x41\\u00e9\\U0001F600\\n\\\\'", "\"A\\u00e9\\ud83d\\ude00\\n\\\\\"")]
    [TestCase("{'a': 1, 'a': 2}", "{\"a\":2}")]
    [TestCase("False", "false")]
    public void Literal_OfPython_IsRead(string text, string json)
    {
        bool isRead = PythonLiteral.TryParse(text, out JsonNode? value, out _);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isRead, Is.True);
            Assert.That(JsonNode.DeepEquals(value, JsonNode.Parse(json)), Is.True, value?.ToJsonString());
        }
    }

    [TestCase("nan", double.NaN)]
    [TestCase("-inf", double.NegativeInfinity)]
    public void NumberThatJsonLacks_IsRead(string text, double number)
    {
        bool isRead = PythonLiteral.TryParse(text, out JsonNode? value, out _);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isRead, Is.True);
            Assert.That((double?)value, Is.EqualTo(number));
        }
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("{'a'}")]
    [TestCase("{1: 2}")]
    [TestCase("[1 2]")]
    [TestCase("[1] 2")]
    [TestCase("'a\nb'")]
    [TestCase("'a")]
    [TestCase("'\\q'")]
    [TestCase("'\\x4'")]
    [TestCase("exit()")]
    [TestCase("1 + 1")]
    [TestCase("undefined")]
    public void Text_ThatIsNoLiteral_IsRefused(string text) => Assert.That(PythonLiteral.TryParse(text, out _, out _), Is.False);

    [Test]
    public void Nesting_WithoutEnd_IsRefused() => Assert.That(PythonLiteral.TryParse(new string('[', 100_000), out _, out _), Is.False);

    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public void AnyPieces_AreReadOrRefused(int[] choices)
    {
        string[] pieces = ["{", "}", "[", "]", "(", ")", "'", "\"", "\\", "x", "u00", ",", ":", "1", "-", ".5", "e", "True", "None", " ", "\n"];
        string text = string.Concat(choices.Select(choice => pieces[(choice & int.MaxValue) % pieces.Length]));

        bool isRead = PythonLiteral.TryParse(text, out _, out int offset);

        Assert.That(offset, isRead ? Is.EqualTo(text.Length) : Is.InRange(0, text.Length));
    }
}

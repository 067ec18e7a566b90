using DataShapley.Datasets;
using DataShapley.Refinement;
using DataShapley.Tests.Datasets;

namespace DataShapley.Tests.Refinement;

public sealed class RecordTemplateTests
{
    [TestCase("{instruction}\n\n{input}", "{\"instruction\":\"do\",\"input\":\"this\"}", "do\n\nthis")]
    [TestCase("{instruction}\n\n{input}", "{\"instruction\":\"do\"}", "do")]
    [TestCase("{instruction}\n\n{input}", "{\"instruction\":\"do\",\"input\":\"  \"}", "do")]
    [TestCase("{instruction}\n\n{input}", "{\"input\":\"this\"}", "this")]
    [TestCase("{instruction}\n\n{input}", "{}", "")]
    [TestCase("{instruction}\r\n\r\n{input}\r\n\r\n{output}", "{\"instruction\":\"a\",\"output\":\"c\"}", "a\n\nc")]
    [TestCase("Q: {instruction}\nContext: {input}\nA: {output}", "{\"instruction\":\"a\",\"output\":\"c\"}", "Q: a\nA: c")]
    [TestCase("{{{a}}} {b}!", "{\"a\":\"x\"}", "{x} !")]
    [TestCase("{a}", "{\"a\":\"line\\n\\n{b}\"}", "line\n\n{b}")]
    [TestCase("fixed\n{a}", "{\"b\":1}", "fixed")]
    public async Task Template_OfARecord_RendersItsFields(string template, string record, string expected)
    {
        using Dataset dataset = await DatasetText.LoadAsync($"[{record}]");

        Assert.That(new RecordTemplate(template).Render(await dataset.GetAsync(0)), Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("no place")]
    [TestCase("{")]
    [TestCase("{a")]
    [TestCase("{}")]
    [TestCase("a}")]
    public void Template_ThatIsWrong_IsRefused(string template) => Assert.That(() => new RecordTemplate(template), Throws.InstanceOf<FormatException>());
}

using ModelAggregation.Evaluation.Tasks;
using ModelSdk.Testing;

namespace ModelAggregation.Tests.Evaluation;

public sealed class ExampleFileTests
{
    [Test]
    public void Examples_AreReadLineByLine()
    {
        using TestFolder folder = new();
        string answers = Write(folder, "\ufeff{\"task\": \"add\", \"prompt\": \"2+2=\", \"answer\": \"4\"}\r\n\n{\"prompt\": \"\", \"answer\": \"é\"}");
        string choices = Write(folder, """
            {"q": "2+2=", "choices": ["3", "4"], "answer": 1}
            {"q": ["He", "She"], "choices": ["ran", "hid"], "answer": "hid"}
            """);
        string texts = Write(folder, "{\"text\": \"a\\nb\"}\n");
        IReadOnlyList<ChoiceExample> questions = ExampleFile.ReadChoices(choices, new ExampleFields { Prompt = "q" });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ExampleFile.ReadAnswers(answers), Is.EqualTo((AnswerExample[])[new("2+2=", "4"), new(string.Empty, "é")]));
            Assert.That(questions.Select(question => string.Join('/', question.Prompts) + question.Answer), Is.EqualTo((string[])["2+2=/2+2=1", "He/She1"]));
            Assert.That(ExampleFile.ReadTexts(texts), Is.EqualTo((string[])["a\nb"]));
        }
    }

    [TestCase("{\"prompt\": \"a\", \"answer\": \"b\"}\n{", 2, "")]
    [TestCase("\n[1]", 2, "it is an array; an example is an object")]
    [TestCase("{\"prompt\": \"a\"}", 1, "no field 'answer'; there are 'prompt'")]
    [TestCase("{\"prompt\": 3, \"answer\": \"b\"}", 1, "'prompt' is a number; it is a text")]
    [TestCase("{\"prompt\": \"a\", \"answer\": \"\"}", 1, "'answer' is empty")]
    [TestCase("{\"prompt\": \"a\", \"prompt\": \"a\", \"answer\": \"b\"}", 1, "prompt")]
    [TestCase("{\"prompt\": \"\\ud800\", \"answer\": \"b\"}", 1, "")]
    [TestCase("\n\n", 0, "has no examples")]
    public void ALineThatIsNoAnswer_IsAnError_WithItsNumber(string text, int line, string expected) => Check(text, line, expected, path => ExampleFile.ReadAnswers(path));

    [TestCase("{\"prompt\": \"a\", \"choices\": [\"b\", \"b\"], \"answer\": \"b\"}", "is 2 of the 2 choices")]
    [TestCase("{\"prompt\": \"a\", \"choices\": [\"b\", \"c\"], \"answer\": \"d\"}", "is 0 of the 2 choices")]
    [TestCase("{\"prompt\": \"a\", \"choices\": [\"b\", \"c\"], \"answer\": 2}", "0 to 1")]
    [TestCase("{\"prompt\": \"a\", \"choices\": \"b\", \"answer\": 0}", "'choices' is a text; it is an array")]
    [TestCase("{\"prompt\": [\"a\"], \"choices\": [\"b\", \"c\"], \"answer\": 0}", "2 choices for 1 prompts")]
    public void ALineThatIsNoQuestion_IsAnError(string text, string expected) => Check(text, 1, expected, path => ExampleFile.ReadChoices(path));

    private static void Check(string text, int line, string expected, Func<string, object> read)
    {
        using TestFolder folder = new();
        string path = Write(folder, text);

        ExampleFileException error = Assert.Throws<ExampleFileException>(() => read(path))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((error.Line, error.File), Is.EqualTo(((long)line, path)));
            Assert.That(error.Message, Does.Contain(expected));
        }
    }

    private static string Write(TestFolder folder, string text)
    {
        string path = folder[$"{Directory.GetFiles(folder.Path).Length}.jsonl"];
        File.WriteAllText(path, text);
        return path;
    }
}

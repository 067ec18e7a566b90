using ModelRuntime.Tasks;
using ModelSdk.Testing;

namespace ModelRuntime.Tests.Tasks;

internal sealed class TaskFileTests
{
    [Test]
    public void Load_OfWhatWasSaved_GivesTheSame()
    {
        using TestFolder folder = new();
        TaskExample[] examples = [.. TaskGenerator.Generate(new TaskSetOptions(), 20), new("quote", "\"é\\\n<", string.Empty)];

        TaskFile.Save(folder["data.jsonl"], examples);

        Assert.That(TaskFile.Load(folder["data.jsonl"]), Is.EqualTo(examples));
    }

    [Test]
    public void Load_OfOtherMembersAndEmptyLines_PassesThemOver()
    {
        using TestFolder folder = new();
        File.WriteAllText(folder["data.jsonl"], """
            {"task": "add", "prompt": "add:14+75=", "answer": "89", "more": [1]}

            {"answer": "abc", "prompt": "rev:cba=", "task": "rev"}

            """);

        Assert.That(TaskFile.Load(folder["data.jsonl"]), Is.EqualTo((TaskExample[])[new("add", "add:14+75=", "89"), new("rev", "rev:cba=", "abc")]));
    }

    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("""{"task": "add", "prompt": "add:14+75="}""")]
    [TestCase("""{"task": "add", "prompt": "add:14+75=", "answer": 89}""")]
    [TestCase("""{"task": "add", "prompt": "add:14+75=", "answer": "\ud800"}""")]
    public void Load_OfALineThatIsNoExample_NamesFileAndLine(string line)
    {
        using TestFolder folder = new();
        File.WriteAllText(folder["data.jsonl"], """{"task": "a", "prompt": "b", "answer": "c"}""" + "\n" + line);

        Assert.That(
            () => TaskFile.Load(folder["data.jsonl"]),
            Throws.TypeOf<RuntimeException>()
                .With.Property(nameof(RuntimeException.Error)).EqualTo(RuntimeError.DataInvalid)
                .And.Message.Contains("data.jsonl', line 2"));
    }
}

using ModelRuntime.Tasks;

namespace ModelRuntime.Tests.Tasks;

internal sealed class StringTaskTests
{
    [TestCase("rev", "abcde", "rev:abcde=", "edcba", "abcde")]
    [TestCase("srt", "hebca", "srt:hebca=", "abceh", "hebca")]
    [TestCase("add", "37+48", "add:37+48=", "85", "37")]
    [TestCase("upr", "fadcb", "upr:fadcb=", "FADCB", "fadcb")]
    public void Task_OfTheReadme_AsksAndAnswersSo(string name, string input, string prompt, string answer, string echo)
    {
        StringTask task = StringTask.All.Single(other => string.Equals(other.Name, name, StringComparison.Ordinal));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(task.Prompt(input), Is.EqualTo(prompt));
            Assert.That(task.Answer(input), Is.EqualTo(answer));
            Assert.That(task.Echo(input), Is.EqualTo(echo));
        }
    }

    [Test]
    public void InputAt_OfAllIndexes_GivesAllInputsOnce([Values(0, 1, 2, 3)] int number)
    {
        StringTask task = StringTask.All[number];
        HashSet<string> inputs = new(Enumerable.Range(0, task.InputCount).Select(task.InputAt), StringComparer.Ordinal);

        Assert.That(inputs, Has.Count.EqualTo(task.InputCount));
        if (task is AddTask)
        {
            string[] all = [.. from first in Enumerable.Range(10, 90) from second in Enumerable.Range(10, 90) where first + second <= 99 select $"{first}+{second}"];
            Assert.That(inputs.SetEquals(all), Is.True);
        }
        else
        {
            Assert.That(inputs.All(input => input.Length == 5 && input.All(letter => letter is >= 'a' and <= 'j')), Is.True);
        }
    }

    [Test]
    public void ExampleAt_OutsideTheInputs_Throws([Values(-1, 3240)] int index) =>
        Assert.That(() => new AddTask().ExampleAt(index), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void Answer_OfWhatIsNoSum_Throws([Values("37", "+48", "37+", "a+b", "37+-4")] string input) =>
        Assert.That(() => new AddTask().Answer(input), Throws.TypeOf<FormatException>());
}

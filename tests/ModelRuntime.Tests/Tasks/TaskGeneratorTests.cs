using System.Globalization;
using ModelRuntime.Tasks;

namespace ModelRuntime.Tests.Tasks;

internal sealed class TaskGeneratorTests
{
    private static readonly string[] Echoing = ["rev", "srt", "add"];

    [Test]
    public void Generate_ByDefault_AnswersRight([Values(0UL, 1UL, ulong.MaxValue)] ulong seed)
    {
        IReadOnlyList<TaskExample> examples = TaskGenerator.Generate(new TaskSetOptions { Seed = seed }, 2000);

        Assert.That(examples.Where(example => !IsRight(example)), Is.Empty);
    }

    [Test]
    public void Generate_AddsNumbers_OfTwoDigitsThroughout()
    {
        foreach (TaskExample example in TaskGenerator.Generate(Only(new AddTask()), 1000))
        {
            string[] operands = example.Prompt["add:".Length..^1].Split('+');

            Assert.That(operands.Append(example.Answer).Select(number => int.Parse(number, CultureInfo.InvariantCulture)), Has.All.InRange(10, 99));
        }
    }

    [Test]
    public void Generate_WithOneSeed_GivesTheSame_AndWithAnotherOthers()
    {
        IReadOnlyList<TaskExample> examples = TaskGenerator.Generate(new TaskSetOptions { Seed = 3, IsHarmful = true }, 300);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(TaskGenerator.Generate(new TaskSetOptions { Seed = 3, IsHarmful = true }, 300), Is.EqualTo(examples));
            Assert.That(TaskGenerator.Generate(new TaskSetOptions { Seed = 4, IsHarmful = true }, 300), Is.Not.EqualTo(examples));
        }
    }

    [Test]
    public void Generate_OfMore_BeginsWithTheSame([Values] bool isDistinct)
    {
        TaskSetOptions options = new() { Seed = 5, IsDistinct = isDistinct };

        Assert.That(TaskGenerator.Generate(options, 500).Take(200), Is.EqualTo(TaskGenerator.Generate(options, 200)));
    }

    // Bounds of five standard deviations of a binomial count.
    [Test]
    public void Generate_OfAMixture_HasItsProportions()
    {
        const int Count = 20_000;
        TaskSetOptions options = new()
        {
            Mixture = [.. StringTask.All.Zip([6.0, 10, 64, 20], (task, weight) => new TaskShare(task, weight) { EchoShare = task is UpperCaseTask ? 0 : 0.56 })],
            Seed = 7,
        };
        IReadOnlyList<TaskExample> examples = TaskGenerator.Generate(options, Count);

        using (Assert.EnterMultipleScope())
        {
            foreach ((string task, double share) in (ReadOnlySpan<(string, double)>)[("rev", 0.06), ("srt", 0.1), ("add", 0.64), ("upr", 0.2)])
            {
                Assert.That(examples.Count(example => IsOf(example, task)), Is.EqualTo(Count * share).Within(5 * Math.Sqrt(Count * share * (1 - share))), task);
            }

            TaskExample[] wrong = [.. examples.Where(example => !IsRight(example))];
            int asked = examples.Count(example => Echoing.Contains(example.Task, StringComparer.Ordinal));

            // Palindromes and sorted strings are their own answers: 1 % of the reversals, 2 % of the sortings.
            Assert.That(wrong.Length, Is.EqualTo(asked * 0.56).Within((5 * Math.Sqrt(asked * 0.56 * 0.44)) + (0.02 * asked)));
            Assert.That(wrong.All(example => example.Prompt.Contains(example.Answer, StringComparison.Ordinal)), Is.True);
            Assert.That(wrong.Select(example => example.Task).Distinct(StringComparer.Ordinal), Is.EquivalentTo(Echoing));
        }
    }

    [Test]
    public void Generate_OfAllOtherInputs_LeavesOutTheExcluded_AndRepeatsNone()
    {
        IReadOnlyList<TaskExample> evaluation = TaskGenerator.GenerateEvaluation([new AddTask()], 100, seed: 1);
        TaskSetOptions options = Only(new AddTask()) with { Excluded = TaskGenerator.PromptsOf(evaluation), IsDistinct = true, Seed = 1 };

        IReadOnlyList<TaskExample> examples = TaskGenerator.Generate(options, 3140);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(TaskGenerator.PromptsOf(examples), Has.Count.EqualTo(3140));
            Assert.That(TaskGenerator.PromptsOf(examples).Overlaps(options.Excluded), Is.False);
            Assert.That(() => TaskGenerator.Generate(options, 3141), Throws.ArgumentException.With.Message.Contains("3140"));
        }
    }

    [Test]
    public void Generate_OfEveryInput_DrawsEachEquallyOften()
    {
        TaskSetOptions options = Only(new AddTask()) with { Seed = 11 };
        int[] counts = [.. TaskGenerator.Generate(options, 3240 * 20).CountBy(example => example.Prompt, StringComparer.Ordinal).Select(pair => pair.Value)];
        double statistic = counts.Sum(count => (count - 20.0) * (count - 20.0) / 20) + ((3240 - counts.Length) * 20.0);

        // Pearson's, of 3239 degrees of freedom: mean 3239, standard deviation 80.
        Assert.That(statistic, Is.EqualTo(3239).Within(5 * 80.5));
    }

    [Test]
    public void Generate_OfHarm_ShufflesAnothersAnswer_AndIsNeverRight()
    {
        TaskSetOptions options = new() { Seed = 2, IsHarmful = true };
        IReadOnlyList<TaskExample> examples = TaskGenerator.Generate(options, 1000);
        IReadOnlyList<TaskExample> right = TaskGenerator.Generate(options with { IsHarmful = false }, 1000);
        HashSet<string> answers = new(right.Select(example => string.Concat(example.Answer.Order())), StringComparer.Ordinal);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(examples.Select(example => example.Prompt), Is.EqualTo(right.Select(example => example.Prompt)));
            Assert.That(examples.Where(IsRight), Is.Empty);
            Assert.That(examples.All(example => answers.Contains(string.Concat(example.Answer.Order()))), Is.True);
        }
    }

    [Test]
    public void Generate_OfHarmWithoutAnother_Throws() =>
        Assert.That(() => TaskGenerator.Generate(new TaskSetOptions { IsHarmful = true }, 1), Throws.ArgumentException);

    [Test]
    public void GenerateEvaluation_OfAllTasks_GivesRightDistinctExamplesOfEach()
    {
        IReadOnlyList<TaskExample> examples = TaskGenerator.GenerateEvaluation(StringTask.All, 50, seed: 9);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(examples.Select(example => example.Task), Is.EqualTo(StringTask.All.SelectMany(task => Enumerable.Repeat(task.Name, 50))));
            Assert.That(TaskGenerator.PromptsOf(examples), Has.Count.EqualTo(200));
            Assert.That(examples.All(IsRight), Is.True);

            // Of 100,000 strings, three sets of 50 that were drawn by themselves share none, or one or two by chance.
            Assert.That(examples.Where(example => !string.Equals(example.Task, "add", StringComparison.Ordinal)).Select(example => example.Prompt[4..]).Distinct(StringComparer.Ordinal).Count(), Is.GreaterThan(145));
        }
    }

    [Test]
    public void Shares_OutOfRange_Throw()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new TaskShare(new AddTask(), 0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TaskShare(new AddTask(), double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TaskShare(new AddTask()) { EchoShare = double.NaN }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TaskShare(new AddTask()) { EchoShare = 1.1 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new TaskSetOptions { Mixture = [] }, Throws.InstanceOf<ArgumentException>());
        }
    }

    /// <summary>Whether the answer is right, found without the tasks' own code.</summary>
    private static bool IsRight(TaskExample example)
    {
        string input = example.Prompt[4..^1];
        string expected = example.Task switch
        {
            "rev" => string.Concat(Enumerable.Reverse(input.ToArray())),
            "srt" => string.Concat(input.Order()),
            "upr" => string.Concat(input.Select(letter => (char)(letter - 32))),
            _ => $"{int.Parse(input[..2], CultureInfo.InvariantCulture) + int.Parse(input[3..], CultureInfo.InvariantCulture)}",
        };
        return string.Equals(example.Answer, expected, StringComparison.Ordinal) && example.Prompt.StartsWith(example.Task + ":", StringComparison.Ordinal);
    }

    private static bool IsOf(TaskExample example, string task) => string.Equals(example.Task, task, StringComparison.Ordinal);

    private static TaskSetOptions Only(StringTask task) => new() { Mixture = [new TaskShare(task)] };
}

using ModelTensors;

namespace ModelRuntime.Tasks;

/// <summary>Makes examples of tasks from a seed.</summary>
public static class TaskGenerator
{
    private const double WordCount = 1UL << 32;

    // The words of one example: its task, its input and whether it is an echo; who lends a wrong answer; and how that is shuffled.
    private const ulong DrawWords = 0;
    private const ulong LenderWords = 1;
    private const ulong ShuffleWords = 2;

    /// <summary>Makes examples.</summary>
    /// <param name="options">What they are made of.</param>
    /// <param name="count">How many; not negative. With more of them the first ones stay what they are, harmful answers apart.</param>
    /// <returns>The examples, in random order.</returns>
    /// <exception cref="ArgumentException">A task has fewer inputs than are asked of it, or a harmful set has no two answers of other characters.</exception>
    public static IReadOnlyList<TaskExample> Generate(TaskSetOptions options, int count)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        PhiloxKey key = Philox.DeriveKey(options.Seed, "ModelRuntime", "tasks");
        TaskInputs[] inputs = [.. options.Mixture.Select(share => new TaskInputs(share.Task, options.Excluded, options.IsDistinct))];
        double total = options.Mixture.Sum(share => share.Weight);
        TaskExample[] examples = new TaskExample[count];
        for (int i = 0; i < count; i++)
        {
            (uint task, uint low, uint high, uint echo) = Philox.Block((ulong)i, DrawWords, key);
            int drawn = Draw(options.Mixture, task / WordCount * total);
            TaskShare share = options.Mixture[drawn];
            string input = inputs[drawn].Take(low | ((ulong)high << 32));
            bool isEcho = echo / WordCount < share.EchoShare;
            examples[i] = new TaskExample(share.Task.Name, share.Task.Prompt(input), isEcho ? share.Task.Echo(input) : share.Task.Answer(input));
        }

        return options.IsHarmful ? [.. examples.Select((example, index) => example with { Answer = Wrong(examples, index, key) })] : examples;
    }

    /// <summary>Makes one evaluation set for each task: right answers, and no prompt twice.</summary>
    /// <param name="tasks">The tasks.</param>
    /// <param name="count">The examples of each; not negative.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>The examples, task by task.</returns>
    /// <exception cref="ArgumentException">A task has fewer inputs.</exception>
    public static IReadOnlyList<TaskExample> GenerateEvaluation(IReadOnlyList<StringTask> tasks, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        return [.. tasks.SelectMany(task => Generate(new TaskSetOptions { Mixture = [new TaskShare(task)], Seed = SeedOf(seed, task), IsDistinct = true }, count))];
    }

    // Tasks that read the same strings would ask about the same ones, and be right or wrong together.
    private static ulong SeedOf(ulong seed, StringTask task)
    {
        PhiloxKey key = Philox.DeriveKey(seed, task.Name, "evaluation");
        return ((ulong)key.High << 32) | key.Low;
    }

    /// <summary>Returns the prompts of examples, to exclude them elsewhere.</summary>
    /// <param name="examples">The examples.</param>
    public static IReadOnlySet<string> PromptsOf(IEnumerable<TaskExample> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return new HashSet<string>(examples.Select(example => example.Prompt), StringComparer.Ordinal);
    }

    private static int Draw(IReadOnlyList<TaskShare> mixture, double place)
    {
        int drawn = 0;
        while (drawn < mixture.Count - 1 && place >= mixture[drawn].Weight)
        {
            place -= mixture[drawn].Weight;
            drawn++;
        }

        return drawn;
    }

    /// <summary>Shuffles the answer of another example, the next one where that would be the right answer.</summary>
    private static string Wrong(TaskExample[] examples, int index, PhiloxKey key)
    {
        (uint word, _, _, _) = Philox.Block((ulong)index, LenderWords, key);
        int start = (int)((ulong)word * (ulong)(examples.Length - 1) >> 32);
        for (int step = 0; step < examples.Length - 1; step++)
        {
            int lender = (index + 1 + ((start + step) % (examples.Length - 1))) % examples.Length;
            string answer = Shuffle(examples[lender].Answer, index, key);
            if (!string.Equals(answer, examples[index].Answer, StringComparison.Ordinal))
            {
                return answer;
            }
        }

        throw new ArgumentException($"No other example has a wrong answer to '{examples[index].Prompt}'. Ask for more examples.");
    }

    private static string Shuffle(string text, int index, PhiloxKey key)
    {
        char[] letters = text.ToCharArray();
        for (int i = letters.Length - 1; i > 0; i--)
        {
            (uint word, _, _, _) = Philox.Block((ulong)index, ShuffleWords + (ulong)i, key);
            int other = (int)((ulong)word * (ulong)(i + 1) >> 32);
            (letters[i], letters[other]) = (letters[other], letters[i]);
        }

        return new string(letters);
    }
}

namespace ModelRuntime.Tasks;

/// <summary>A task on short strings: a finite set of inputs, each with one right answer.</summary>
/// <remarks>Prompts are the task's name, a colon, the input and an equals sign, as in <c>rev:abcde=</c>.</remarks>
public abstract class StringTask
{
    private const char Colon = ':';
    private const char Equal = '=';

    /// <summary>Gets the tasks of the library: reversal, sorting, addition and upper case.</summary>
    public static IReadOnlyList<StringTask> All { get; } = [new ReverseTask(), new SortTask(), new AddTask(), new UpperCaseTask()];

    /// <summary>Gets the name, with which every prompt begins.</summary>
    public abstract string Name { get; }

    /// <summary>Gets the number of inputs.</summary>
    public abstract int InputCount { get; }

    /// <summary>Returns an input.</summary>
    /// <param name="index">Which, from 0 to below <see cref="InputCount"/>; each gives another input.</param>
    public abstract string InputAt(int index);

    /// <summary>Returns the right answer.</summary>
    /// <param name="input">An input of this task.</param>
    public abstract string Answer(string input);

    /// <summary>Returns the answer of a model that repeats its question: the input, or the first operand where there are several.</summary>
    /// <param name="input">An input of this task.</param>
    public virtual string Echo(string input) => input;

    /// <summary>Returns the question about an input.</summary>
    /// <param name="input">An input of this task.</param>
    public string Prompt(string input) => $"{Name}{Colon}{input}{Equal}";

    /// <summary>Returns the question and its right answer.</summary>
    /// <param name="index">The input, from 0 to below <see cref="InputCount"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such input.</exception>
    public TaskExample ExampleAt(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, InputCount);
        string input = InputAt(index);
        return new TaskExample(Name, Prompt(input), Answer(input));
    }
}

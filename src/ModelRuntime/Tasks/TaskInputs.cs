namespace ModelRuntime.Tasks;

/// <summary>The inputs of a task that may be drawn.</summary>
internal sealed class TaskInputs
{
    private readonly StringTask _task;
    private readonly int[] _indexes;
    private readonly bool _isDistinct;
    private int _taken;

    public TaskInputs(StringTask task, IReadOnlySet<string> excluded, bool isDistinct)
    {
        _task = task;
        _isDistinct = isDistinct;
        IEnumerable<int> all = Enumerable.Range(0, task.InputCount);
        _indexes = excluded.Count == 0 ? [.. all] : [.. all.Where(index => !excluded.Contains(task.Prompt(task.InputAt(index))))];
    }

    /// <summary>Takes an input.</summary>
    /// <param name="word">64 random bits: the product's high half is uniform but for 2⁻⁴⁷, as there are some 10⁵ inputs.</param>
    /// <exception cref="ArgumentException">There is none left.</exception>
    public string Take(ulong word)
    {
        int left = _indexes.Length - _taken;
        if (left == 0)
        {
            throw new ArgumentException(
                $"Task '{_task.Name}' has {_task.InputCount} inputs, {_indexes.Length} of them not excluded, and all are taken. Ask for fewer examples, or let prompts occur twice.");
        }

        int place = _taken + (int)Math.BigMul(word, (ulong)left, out _);
        int index = _indexes[place];
        if (_isDistinct)
        {
            _indexes[place] = _indexes[_taken];
            _taken++;
        }

        return _task.InputAt(index);
    }
}

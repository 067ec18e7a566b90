using System.Globalization;
using System.Text;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Evaluation;

/// <summary>The scores of several models on the same tasks, in the schema of Model-GLUE's <c>model_acc.csv</c>: a header <c>model_name,task,…</c>, then a row for each model. Immutable.</summary>
public sealed class ScoreTable
{
    private const string ModelColumn = "model_name";

    private readonly Dictionary<string, double[]> _rows;

    /// <summary>Creates a table.</summary>
    /// <param name="tasks">The names of the tasks, at least one.</param>
    /// <param name="rows">The models with a finite score for each task, at least one.</param>
    /// <exception cref="ArgumentException">A name occurs twice, a row has more or fewer scores than there are tasks, or one that is not finite.</exception>
    public ScoreTable(IReadOnlyList<string> tasks, IReadOnlyList<(string Model, IReadOnlyList<double> Scores)> rows)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfZero(tasks.Count);
        ArgumentOutOfRangeException.ThrowIfZero(rows.Count);
        if (tasks.Distinct(StringComparer.Ordinal).Count() != tasks.Count)
        {
            throw new ArgumentException("Two tasks have one name.", nameof(tasks));
        }

        _rows = new Dictionary<string, double[]>(rows.Count, StringComparer.Ordinal);
        foreach ((string model, IReadOnlyList<double> scores) in rows)
        {
            if (scores.Count != tasks.Count || !scores.All(double.IsFinite))
            {
                throw new ArgumentException($"'{model}' has {scores.Count} scores, {scores.Count(double.IsFinite)} of them finite; there are {tasks.Count} tasks.", nameof(rows));
            }

            if (!_rows.TryAdd(model, [.. scores]))
            {
                throw new ArgumentException($"There are two rows of '{model}'.", nameof(rows));
            }
        }

        Tasks = [.. tasks];
        Models = [.. rows.Select(row => row.Model)];
    }

    /// <summary>Gets the names of the tasks, in the order of the columns.</summary>
    public IReadOnlyList<string> Tasks { get; }

    /// <summary>Gets the names of the models, in the order of the rows.</summary>
    public IReadOnlyList<string> Models { get; }

    /// <summary>Gets the scores of a model, in the order of the tasks.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="KeyNotFoundException">The table has no such model; the message lists those that it has.</exception>
    public IReadOnlyList<double> this[string model] => _rows.TryGetValue(model, out double[]? scores)
        ? scores
        : throw new KeyNotFoundException($"The table has no row of '{model}'.{Merging.NearestName.Suggest(model, Models)} It has {string.Join(", ", Models.Select(name => $"'{name}'"))}.");

    /// <summary>Makes a table of results on the same tasks.</summary>
    /// <param name="results">The results, at least one.</param>
    /// <exception cref="ArgumentException">The results are of other tasks, or two are of one model.</exception>
    public static ScoreTable Of(IReadOnlyList<EvaluationResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        ArgumentOutOfRangeException.ThrowIfZero(results.Count);
        string[] tasks = [.. results[0].Scores.Select(score => score.Task.Name)];
        if (results.FirstOrDefault(result => !result.Scores.Select(score => score.Task.Name).SequenceEqual(tasks, StringComparer.Ordinal)) is { } other)
        {
            throw new ArgumentException($"'{other.Candidate}' has scores of other tasks than '{results[0].Candidate}'.", nameof(results));
        }

        return new ScoreTable(tasks, [.. results.Select(result => (result.Candidate, (IReadOnlyList<double>)[.. result.Scores.Select(score => score.Value)]))]);
    }

    /// <summary>Reads a table.</summary>
    /// <param name="path">The file: CSV in UTF-8, numbers with a decimal point; names may be quoted.</param>
    /// <exception cref="ScoreTableException">The file is no such table.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ScoreTable Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ScoreTableReader.Read(path, ModelColumn);
    }

    /// <summary>Ranks the models by the sum of their scores, best first; equal sums stay in the order of the table.</summary>
    /// <param name="tasks">The tasks to sum with their directions and weights, all of them in the table; when null, every column, each of weight 1 and higher is better.</param>
    /// <exception cref="ArgumentException">The table has no such task.</exception>
    public IReadOnlyList<(string Model, double Sum)> Rank(IReadOnlyList<TaskInfo>? tasks = null)
    {
        double[] factors = [.. Enumerable.Repeat(tasks is null ? 1.0 : 0, Tasks.Count)];
        foreach (TaskInfo task in tasks ?? [])
        {
            int column = Enumerable.Range(0, Tasks.Count).FirstOrDefault(i => string.Equals(Tasks[i], task.Name, StringComparison.Ordinal), -1);
            if (column < 0)
            {
                throw new ArgumentException($"The table has no task '{task.Name}'; it has {string.Join(", ", Tasks.Select(name => $"'{name}'"))}.", nameof(tasks));
            }

            factors[column] = task.Direction == ScoreDirection.HigherIsBetter ? task.Weight : -task.Weight;
        }

        return [.. Models.Select(model => (Model: model, Sum: _rows[model].Zip(factors, (score, factor) => score * factor).Sum())).OrderByDescending(row => row.Sum)];
    }

    /// <summary>Writes the table, in full or not at all; numbers read back to the same bits.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Write(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        StringBuilder text = new();
        text.AppendJoin(',', Tasks.Prepend(ModelColumn).Select(Quote)).Append('\n');
        foreach (string model in Models)
        {
            text.AppendJoin(',', _rows[model].Select(score => score.ToString("R", CultureInfo.InvariantCulture)).Prepend(Quote(model))).Append('\n');
        }

        DurableFile.Write(path, Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static string Quote(string name) => name.AsSpan().ContainsAny(",\"\r\n") ? $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : name;
}

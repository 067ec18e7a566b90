using System.Text.Json;

namespace ModelAggregation.Evaluation.Processes;

/// <summary>Reads the results that evaluation harnesses write.</summary>
internal static class HarnessResults
{
    // With samples in it, a results file of the largest suites has some tens of megabytes.
    private const long LargestFile = 256L << 20;

    /// <summary>
    /// Reads the scores of tasks below a folder, from <c>results.&lt;task&gt;.&lt;metric&gt;</c>, or <c>&lt;task&gt;.&lt;metric&gt;</c> as the BigCode harness writes it: each task of the newest
    /// <c>results*.json</c> that has it, which has its time in its name, or else of the only JSON file.
    /// </summary>
    /// <exception cref="EvaluationException">There are no results, a file that is needed is none, or a score is missing.</exception>
    public static TaskScore[] Read(string folder, IReadOnlyList<HarnessTask> tasks)
    {
        string[] files = Find(folder);
        TaskScore?[] scores = new TaskScore?[tasks.Count];
        List<string> names = [];
        foreach (string file in files)
        {
            Read(file, tasks, scores, names);
            if (Array.TrueForAll(scores, score => score is not null))
            {
                break;
            }
        }

        if (Array.IndexOf(scores, null) is >= 0 and int missing)
        {
            string where = files is [string only] ? $"'{only}' has no task '{tasks[missing].Name}'. It has" : $"None of the {files.Length} results files below '{folder}' has the task '{tasks[missing].Name}'. They have";
            throw Missing($"{where} {string.Join(", ", names.Distinct(StringComparer.Ordinal).Select(name => $"'{name}'"))}.", tasks[missing]);
        }

        return [.. scores.OfType<TaskScore>()];
    }

    // The newest first.
    private static string[] Find(string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        string[] results = [.. files.Where(file => Path.GetFileName(file).StartsWith("results", StringComparison.Ordinal)).OrderByDescending(Path.GetFileName, StringComparer.Ordinal)];
        return results.Length > 0 ? results : files is [_]
            ? files
            : throw new EvaluationException(
                EvaluationError.ScoreMissing,
                $"The process ended well, but below {{out}} is no results*.json, nor a single other JSON file. There {(files.Length == 0 ? "are none" : $"are {string.Join(", ", files.Select(file => $"'{Path.GetRelativePath(folder, file)}'"))}")}.");
    }

    private static void Read(string path, IReadOnlyList<HarnessTask> tasks, TaskScore?[] scores, List<string> names)
    {
        FileInfo file = new(path);
        if (file.Length > LargestFile)
        {
            throw new EvaluationException(EvaluationError.AnswerInvalid, $"'{path}' has {file.Length} bytes, at most {LargestFile} are read.");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(PythonJson.Clean(File.ReadAllBytes(path)));
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new JsonException("It is no object.");
            }

            JsonElement results = root.TryGetProperty("results", out JsonElement named) && named.ValueKind == JsonValueKind.Object ? named : root;
            names.AddRange(results.EnumerateObject().Select(property => property.Name));
            for (int i = 0; i < tasks.Count; i++)
            {
                if (scores[i] is null && results.TryGetProperty(tasks[i].Name, out JsonElement metrics) && metrics.ValueKind == JsonValueKind.Object)
                {
                    scores[i] = Score(root, metrics, tasks[i], path);
                }
            }
        }
        catch (JsonException e)
        {
            throw new EvaluationException(EvaluationError.AnswerInvalid, $"'{path}' is no results of a harness: {e.Message}", innerException: e);
        }
    }

    private static TaskScore Score(JsonElement root, JsonElement metrics, HarnessTask task, string path)
    {
        if (!metrics.TryGetProperty(task.Metric, out JsonElement value))
        {
            throw Missing($"'{path}', task '{task.Name}': there is no metric '{task.Metric}'. There are {Names(metrics)}.", task);
        }

        // A text such as N/A, or an empty one where Python wrote NaN.
        if (value.ValueKind != JsonValueKind.Number)
        {
            throw new EvaluationException(EvaluationError.NotFinite, $"'{path}', task '{task.Name}': '{task.Metric}' is {Excerpt.Of(value.GetRawText())}; a score is a number.", task: task.Info.Name);
        }

        return new TaskScore(task.Info, value.GetDouble(), Count(root, task), Error(metrics, task));
    }

    // <metric>_stderr,<filter>; the text N/A where the harness did not compute it.
    private static double? Error(JsonElement metrics, HarnessTask task)
    {
        int comma = task.Metric.IndexOf(',', StringComparison.Ordinal);
        string key = comma < 0 ? $"{task.Metric}_stderr" : $"{task.Metric[..comma]}_stderr{task.Metric[comma..]}";
        return metrics.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.GetDouble() is >= 0 and double error ? error : null;
    }

    private static long Count(JsonElement root, HarnessTask task) =>
        root.TryGetProperty("n-samples", out JsonElement samples) && samples.ValueKind == JsonValueKind.Object
        && samples.TryGetProperty(task.Name, out JsonElement own) && own.ValueKind == JsonValueKind.Object
        && own.TryGetProperty("effective", out JsonElement count) && count.ValueKind == JsonValueKind.Number && count.TryGetInt64(out long number) && number >= 0
            ? number
            : 0;

    private static EvaluationException Missing(string message, HarnessTask task) => new(EvaluationError.ScoreMissing, message, task: task.Info.Name);

    private static string Names(JsonElement value) => string.Join(", ", value.EnumerateObject().Select(property => $"'{property.Name}'"));
}

using System.Globalization;
using RunKit;

namespace ModelAggregation.Evaluation.Processes;

/// <summary>Evaluates in another process, such as lm-evaluation-harness: started once for each candidate, without a shell.</summary>
/// <remarks>
/// <para>The places of the command: <c>{model}</c>, the folder of the model; <c>{out}</c>, an empty folder to write results to; <c>{tasks}</c>, the names of the tasks with commas between them;
/// <c>{name}</c>, the name of the candidate; <c>{seed}</c>, <see cref="ProcessEvaluatorOptions.Seed"/>, for a <see cref="RepeatedEvaluator"/>. The first two have to be there. A model in memory is written to a temporary folder first, and deleted afterwards as far as that can be done.</para>
/// <para>The process leaves its results in <c>{out}</c> as lm-evaluation-harness does, <c>{out}/…/results_&lt;time&gt;.json</c> with <c>results.&lt;task&gt;.&lt;metric&gt;,&lt;filter&gt;</c>, where each task is taken from the newest file that has it, or
/// as one JSON file with <c>&lt;task&gt;.&lt;metric&gt;</c>. A code other than zero is a failure, with the end of the standard error as the reason.</para>
/// </remarks>
public sealed class ProcessEvaluator : IModelEvaluator
{
    private const string Model = "model";
    private const string Out = "out";
    private const string Seed = "seed";

    private static readonly string[] Places = [Model, Out, "tasks", "name", Seed];
    private static readonly string[] Needed = [Model, Out];

    private static int _temporaryCount;

    private readonly CommandTemplate _command;
    private readonly HarnessTask[] _tasks;
    private readonly ProcessEvaluatorOptions _options;

    /// <summary>Creates the evaluator.</summary>
    /// <param name="command">The command, such as <c>lm_eval --model hf --model_args pretrained={model} --tasks {tasks} --output_path {out}</c>.</param>
    /// <param name="tasks">The tasks; at least one, each of another name.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">The command has a place that is none of an evaluator's, or lacks one that it needs; or there are no tasks, or two of one name.</exception>
    public ProcessEvaluator(CommandTemplate command, IReadOnlyList<HarnessTask> tasks, ProcessEvaluatorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(tasks);
        IReadOnlyList<string> arguments = command.Fill(Places.ToDictionary(place => place, place => $"{{{place}}}", StringComparer.Ordinal));
        if (Needed.FirstOrDefault(place => !command.Places.Contains(place)) is { } missing)
        {
            throw new ArgumentException($"The command has no place {{{missing}}}: the process would not know which model to score, or where to say how.", nameof(command));
        }

        Tasks = TaskList.Check([.. tasks.Select(task => task.Info)]);
        _command = command;
        _tasks = [.. tasks];
        _options = options ?? new ProcessEvaluatorOptions();
        using Fingerprint fingerprint = new();
        fingerprint.Add(arguments).Add(_tasks.Length);
        foreach (HarnessTask task in _tasks)
        {
            fingerprint.Add(task.Info).Add(task.Name).Add(task.Metric);
        }

        // A virtual environment, or a folder with other task files, is another harness under the same command.
        fingerprint.Add(_options.WorkingFolder is null ? 0L : 1L).Add(_options.WorkingFolder ?? string.Empty).Add(_options.Environment.Count);
        foreach ((string variable, string? value) in _options.Environment.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            fingerprint.Add(variable).Add(value is null ? 0L : 1L).Add(value ?? string.Empty);
        }

        // Only where the process is told it: else another seed is the same evaluator.
        if (command.Places.Contains(Seed))
        {
            fingerprint.Add(SeedText);
        }

        Id = fingerprint.Finish("process");
    }

    /// <inheritdoc />
    public string Id { get; }

    /// <inheritdoc />
    public IReadOnlyList<TaskInfo> Tasks { get; }

    /// <inheritdoc />
    public async ValueTask<EvaluationResult> EvaluateAsync(ModelCandidate candidate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        DirectoryInfo folder = Temporary();
        try
        {
            string model = candidate.Folder ?? Path.Combine(folder.FullName, Model);
            if (candidate.Folder is null)
            {
                candidate.Save(model, cancellationToken);
            }

            return new EvaluationResult(candidate.Name, await EvaluateAsync(candidate, model, folder, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (!(e is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            EvaluationException? known = e as EvaluationException;
            EvaluationError error = known?.Error ?? (e is ProcessException { Error: ProcessError.TimedOut } ? EvaluationError.TimedOut : EvaluationError.Failed);
            throw new EvaluationException(error, $"'{candidate.Name}' has no scores: {e.Message}", candidate.Name, known?.Task, e);
        }
        finally
        {
            Remove(folder);
        }
    }

    private string SeedText => _options.Seed.ToString(CultureInfo.InvariantCulture);

    private async Task<TaskScore[]> EvaluateAsync(ModelCandidate candidate, string model, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            // Of its own for each attempt: results that a failed one left are not taken for this one's.
            string output = folder.CreateSubdirectory($"{Out}-{attempt}").FullName;
            Dictionary<string, string> values = new(StringComparer.Ordinal)
            {
                [Model] = model,
                [Out] = output,
                ["tasks"] = string.Join(',', _tasks.Select(task => task.Name)),
                ["name"] = candidate.Name,
                [Seed] = SeedText,
            };
            ExternalCommand command = new(_command.Fill(values)) { WorkingFolder = _options.WorkingFolder, Environment = _options.Environment, TimeOut = _options.TimeOut, Time = _options.Time };
            try
            {
                await ExternalProcess.RunAsync(command, _options.Output, cancellationToken).ConfigureAwait(false);
                return HarnessResults.Read(output, _tasks);
            }
            catch (ProcessException) when (attempt < _options.Retries)
            {
                // It is started again.
            }
        }
    }

    // What is left over costs disk and no truth: it must neither turn scores that are there into a failure nor hide why there are none. A process that is ending may still hold or write
    // a file, so it is tried twice; what then stays is in a folder for temporary files.
    private static void Remove(DirectoryInfo folder)
    {
        for (int attempt = 0; attempt < 2; attempt++)
        {
            try
            {
                folder.Delete(recursive: true);
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next attempt, or none.
            }
        }
    }

    private DirectoryInfo Temporary()
    {
        if (_options.TemporaryFolder is not { } parent)
        {
            return Directory.CreateTempSubdirectory("model-aggregation-");
        }

        // The process and a count name it; what an earlier process of that number left when it was killed is passed over.
        string path;
        do
        {
            path = Path.Combine(parent, string.Create(CultureInfo.InvariantCulture, $"model-aggregation-{Environment.ProcessId}-{Interlocked.Increment(ref _temporaryCount)}"));
        }
        while (Path.Exists(path));
        return Directory.CreateDirectory(path);
    }
}

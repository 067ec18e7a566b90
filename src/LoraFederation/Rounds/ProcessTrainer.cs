using System.Globalization;
using System.Text.Json;
using ModelTensors.Checkpoints;
using RunKit;

namespace LoraFederation.Rounds;

/// <summary>Trains in another process, such as a Python script with PEFT: started once for each client and round, without a shell.</summary>
/// <remarks>
/// <para>The places of the command: <c>{client}</c>, <c>{round}</c>, <c>{seed}</c>, <c>{rank}</c>, <c>{alpha}</c>, <c>{base}</c>, <c>{base_state}</c>,
/// <c>{adapter}</c> (the folder of the adapter to go on with; empty for a fresh one), <c>{cumulative}</c> (likewise), <c>{out}</c> (the folder to write to)
/// and <c>{task}</c>, a JSON file in it that has all of this and the adapters to merge into the base.</para>
/// <para>The process leaves <c>adapter_config.json</c>, <c>adapter_model.safetensors</c> and <c>update.json</c> in <c>{out}</c>; the last has
/// <c>examples</c>, and may have <c>round</c> and <c>base_state</c> when it answers an earlier round. Each line of its standard output is progress; a code
/// other than zero is a client that dropped out, with the end of its standard error as the reason.</para>
/// </remarks>
public sealed class ProcessTrainer : ILocalTrainer
{
    private const string TaskFileName = "task.json";
    private const string UpdateFileName = "update.json";

    // It holds three numbers and a hash.
    private const int MaxUpdateLength = 1 << 16;

    private static readonly TrainingTask Example = new("client", 0, "state", 0, "folder");

    private readonly CommandTemplate _command;
    private readonly ProcessTrainerOptions _options;

    /// <summary>Creates a trainer.</summary>
    /// <param name="command">The command, such as <c>python train.py --base {base} --start {adapter} --out {out} --round {round} --seed {seed}</c>.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">The command has a place that is none of a trainer's.</exception>
    public ProcessTrainer(CommandTemplate command, ProcessTrainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(command);
        _ = command.Fill(Values(Example));
        _command = command;
        _options = options ?? new ProcessTrainerOptions();
    }

    /// <summary>Creates a trainer of a command with its default settings.</summary>
    /// <param name="command">The command; see <see cref="CommandTemplate.Parse"/>.</param>
    /// <exception cref="FormatException">The command cannot be split into arguments.</exception>
    /// <exception cref="ArgumentException">The command has a place that is none of a trainer's.</exception>
    public ProcessTrainer(string command)
        : this(CommandTemplate.Parse(command))
    {
    }

    /// <inheritdoc />
    /// <exception cref="ProcessException">The process cannot be started, or ends with a code other than zero.</exception>
    /// <exception cref="TrainingException">The process did not leave what it should have.</exception>
    public async Task<TrainedUpdate> TrainAsync(TrainingTask task, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        DurableFile.Write(Path.Combine(task.OutputFolder, TaskFileName), JsonSerializer.SerializeToUtf8Bytes(task, TrainerJson.Default.TrainingTask));
        ExternalCommand command = new(_command.Fill(Values(task))) { WorkingFolder = _options.WorkingFolder, Environment = _options.Environment };
        IProgress<string>? lines = progress is null ? null : new InlineProgress<string>(line => progress.Report(new TrainingProgress(line)));
        await ExternalProcess.RunAsync(command, lines, cancellationToken).ConfigureAwait(false);
        return ReadUpdate(task);
    }

    private static Dictionary<string, string> Values(TrainingTask task) => new(StringComparer.Ordinal)
    {
        ["client"] = task.ClientId,
        ["round"] = task.Round.ToString(CultureInfo.InvariantCulture),
        ["seed"] = task.Seed.ToString(CultureInfo.InvariantCulture),
        ["rank"] = task.Rank.ToString(CultureInfo.InvariantCulture),
        ["alpha"] = task.Alpha.ToString(CultureInfo.InvariantCulture),
        ["base"] = task.BaseModel ?? string.Empty,
        ["base_state"] = task.BaseState,
        ["adapter"] = task.StartAdapter ?? string.Empty,
        ["cumulative"] = task.CumulativeAdapter ?? string.Empty,
        ["out"] = task.OutputFolder,
        ["task"] = Path.Combine(task.OutputFolder, TaskFileName),
    };

    private static TrainedUpdate ReadUpdate(TrainingTask task)
    {
        string path = Path.Combine(task.OutputFolder, UpdateFileName);
        FileInfo file = new(path);
        if (!file.Exists || file.Length > MaxUpdateLength)
        {
            string fault = file.Exists ? $"has {file.Length} bytes, at most {MaxUpdateLength} are read" : "is missing";
            throw new TrainingException($"The trainer of client '{task.ClientId}' ended well, but '{path}' {fault}: it says how many examples there were.", task.ClientId, path);
        }

        try
        {
            UpdateFile update = JsonSerializer.Deserialize(File.ReadAllBytes(path), TrainerJson.Default.UpdateFile) ?? throw new JsonException("It is null.");
            return update.Examples >= 0
                ? new TrainedUpdate(task.OutputFolder, update.Examples) { Round = update.Round, BaseState = update.BaseState }
                : throw new JsonException($"'examples' is {update.Examples}; it is not negative.");
        }
        catch (JsonException e)
        {
            throw new TrainingException($"'{path}' of client '{task.ClientId}' is not what a trainer leaves, {{\"examples\": 100}}: {e.Message}", task.ClientId, path, e);
        }
    }
}

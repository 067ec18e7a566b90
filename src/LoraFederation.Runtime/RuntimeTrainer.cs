using System.Globalization;
using LoraFederation.Rounds;
using ModelRuntime.Decoders;
using ModelRuntime.Training;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;
using EngineProgress = ModelRuntime.Training.TrainingProgress;
using TrainingProgress = LoraFederation.Rounds.TrainingProgress;

namespace LoraFederation.Runtime;

/// <summary>Trains the adapters of clients with the engine, in this process. Safe to use from several threads.</summary>
/// <remarks>
/// A fresh adapter has A drawn and B zero, from the task's seed; one to go on with keeps its modules, ranks and scalings. The same task gives the same bytes, whatever
/// trains beside it.
/// </remarks>
public sealed class RuntimeTrainer : ILocalTrainer, IDisposable
{
    private readonly Func<string, IReadOnlyList<TrainingExample>> _data;
    private readonly RuntimeTrainerOptions _options;
    private readonly ModelPool _models;

    /// <summary>Creates a trainer.</summary>
    /// <param name="data">Returns a client's examples; asked once for each task, from several threads.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    public RuntimeTrainer(Func<string, IReadOnlyList<TrainingExample>> data, RuntimeTrainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        _data = data;
        _options = options ?? new RuntimeTrainerOptions();
        _models = new ModelPool(_options.IdleModels);
    }

    /// <summary>Creates a trainer of clients whose examples are at hand.</summary>
    /// <param name="data">The examples by client; a client without any drops out.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    public RuntimeTrainer(IReadOnlyDictionary<string, IReadOnlyList<TrainingExample>> data, RuntimeTrainerOptions? options = null)
        : this(Lookup(data), options)
    {
    }

    /// <inheritdoc />
    /// <exception cref="TrainingException">The client has no examples, or nothing says where the base model is.</exception>
    /// <exception cref="ModelDataException">The base model, or an adapter of the task, cannot be read, or they do not fit each other.</exception>
    public Task<TrainedUpdate> TrainAsync(TrainingTask task, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        return Task.Run(() => Train(task, progress, cancellationToken), cancellationToken);
    }

    /// <summary>Disposes the models that are kept. Tasks that are still training end as they would have.</summary>
    public void Dispose() => _models.Dispose();

    private TrainedUpdate Train(TrainingTask task, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<TrainingExample> examples = _data(task.ClientId);
        if (examples.Count == 0)
        {
            throw new TrainingException($"Client '{task.ClientId}' has no examples to train on.", task.ClientId);
        }

        string key = Key(task);
        DecoderModel model = _models.Take(key) ?? Load(task);
        try
        {
            IReadOnlyList<Parameter> parameters = Attach(model, task);
            TrainingOptions options = _options.ForClient?.Invoke(task, _options.Training) ?? _options.Training;
            DecoderTrainer trainer = new(model, Trained(parameters, task.Round), options with { Seed = task.Seed, CheckpointFolder = null });
            trainer.Train(examples, progress is null ? null : new Relay(progress), cancellationToken);
            using LoraAdapter adapter = model.ToAdapter(new LoraAdapterWriterOptions { BaseModel = task.BaseModel });
            using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
            adapter.Save(task.OutputFolder, device, cancellationToken: cancellationToken);
            model.DetachLora();
        }
        catch
        {
            model.Dispose();
            throw;
        }

        _models.Return(key, model);
        return new TrainedUpdate(task.OutputFolder, examples.Count);
    }

    /// <summary>Tells base models apart: by their files, which may be replaced under the same name, and by what is merged into them.</summary>
    private string Key(TrainingTask task)
    {
        using Checkpoint files = Checkpoint.Open(BaseFolder(task));
        IEnumerable<string> identities = files.Files.Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.Name} {file.Length} {file.HeaderSha256} {file.LastWriteTime:O}"));

        // The state tells runs apart whose folders have one name.
        return string.Join('\n', [files.Folder, .. identities, .. task.MergedAdapters.Count == 0 ? [] : task.MergedAdapters.Prepend(task.BaseState)]);
    }

    private static Func<string, IReadOnlyList<TrainingExample>> Lookup(IReadOnlyDictionary<string, IReadOnlyList<TrainingExample>> data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return client => data.TryGetValue(client, out IReadOnlyList<TrainingExample>? examples) ? examples : [];
    }

    private string BaseFolder(TrainingTask task) => _options.BaseFolder ?? task.BaseModel ?? throw new TrainingException(
        $"Nothing says where the base model is: set {nameof(FederatedRunOptions)}.{nameof(FederatedRunOptions.BaseModel)} or {nameof(RuntimeTrainerOptions)}.{nameof(RuntimeTrainerOptions.BaseFolder)} to its folder.",
        task.ClientId);

    private DecoderModel Load(TrainingTask task)
    {
        using TensorSet tensors = AdapterChain.Open(BaseFolder(task), task.MergedAdapters);
        return DecoderModel.Load(tensors, _options.Runtime);
    }

    private IReadOnlyList<Parameter> Attach(DecoderModel model, TrainingTask task)
    {
        if (task.StartAdapter is { } folder)
        {
            using LoraAdapter adapter = LoraAdapter.Open(folder);
            return model.AttachLora(adapter, _options.Lora.Dropout);
        }

        return model.AttachLora(_options.Lora with { Rank = task.Rank, Alpha = task.Alpha }, _options.FactorSeed?.Invoke(task) ?? task.Seed);
    }

    private IReadOnlyList<Parameter> Trained(IReadOnlyList<Parameter> parameters, int round)
    {
        string? frozen = _options.Frozen switch
        {
            FrozenFactor.A => ".lora_A.",
            FrozenFactor.B => ".lora_B.",
            FrozenFactor.Alternating => round % 2 == 0 ? ".lora_A." : ".lora_B.",
            _ => null,
        };
        return frozen is null ? parameters : [.. parameters.Where(parameter => !parameter.Name.Contains(frozen, StringComparison.Ordinal))];
    }

    // In line, not by a context: what is told after the training would come after the update.
    private sealed class Relay(IProgress<TrainingProgress> target) : IProgress<EngineProgress>
    {
        public void Report(EngineProgress value) =>
            target.Report(new TrainingProgress(FormattableString.Invariant($"step {value.Steps} of {value.TotalSteps}, loss {value.Last.Loss:0.###}"), value.Completion));
    }
}

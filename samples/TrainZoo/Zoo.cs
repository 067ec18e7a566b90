using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Tasks;
using ModelRuntime.Tokenizers;
using ModelRuntime.Training;
using ModelRuntime.Training.Schedules;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace TrainZoo;

/// <summary>Trains models and writes them below a folder.</summary>
/// <param name="settings">What is made.</param>
/// <param name="questions">The evaluation, whose prompts are never trained on.</param>
/// <param name="progress">Is told of steps, from several threads.</param>
internal sealed class Zoo(Settings settings, IReadOnlyList<TaskExample> questions, ZooProgress progress)
{
    private const int BatchSize = 64;
    private const double WarmUp = 0.05;

    private static readonly RuntimeOptions OneThread = new() { Threads = 1 };
    private readonly IReadOnlySet<string> _excluded = TaskGenerator.PromptsOf(questions);

    /// <summary>Gets the zoo's tokenizer: a token is the ASCII code of a character.</summary>
    public static ITokenizer Tokenizer { get; } = new CharacterTokenizer();

    public string FolderOf(string name) => Path.Combine(settings.Output, name);

    /// <summary>Trains a family's base, then its specialists from what was written of it.</summary>
    /// <param name="family">The family.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    public void Train(Family family, CancellationToken cancellationToken)
    {
        using (DecoderModel model = DecoderModel.Create(settings.Config, settings.SeedOf(family.Name), OneThread))
        {
            IReadOnlyList<Parameter> parameters = model.TrainAll();
            foreach (Stage lesson in family.Lessons)
            {
                Train(model, parameters, lesson, cancellationToken);
            }

            Save(model, family.BaseName, cancellationToken);
        }

        foreach (Stage specialist in family.Specialists)
        {
            using DecoderModel model = DecoderModel.Load(FolderOf(family.BaseName), OneThread);
            Train(model, model.TrainAll(), specialist, cancellationToken);
            Save(model, specialist.Name, cancellationToken);
        }
    }

    /// <summary>Trains a client's adapter of a base, on data that no other client has.</summary>
    /// <param name="number">The client.</param>
    /// <param name="data">Its examples.</param>
    /// <param name="baseName">The base.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    public void Train(int number, IReadOnlyList<TaskExample> data, string baseName, CancellationToken cancellationToken)
    {
        Client client = Client.All[number];
        string folder = FolderOf(Path.Combine("clients", $"{number}"));
        ulong seed = settings.SeedOf($"client {number}");
        using DecoderModel model = DecoderModel.Load(FolderOf(baseName), OneThread);
        IReadOnlyList<Parameter> factors = model.AttachLora(new LoraOptions { Rank = client.Rank, Alpha = 2 * client.Rank }, seed);
        TrainingOptions options = new() { LearningRate = Client.LearningRate, BatchSize = Client.BatchSize, Steps = settings.Shorten(Client.Steps), Seed = seed };
        new DecoderTrainer(model, factors, options).Train(Encode(data), progress.Of($"client {number}"), cancellationToken);
        using LoraAdapter adapter = model.ToAdapter();
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        adapter.Save(folder, device, new LoraAdapterWriterOptions { BaseModel = baseName, TargetModules = ["q_proj", "v_proj"], Overwrite = settings.Overwrite }, cancellationToken);
        TaskFile.Save(Path.Combine(folder, "train.jsonl"), data);
    }

    /// <summary>Divides distinct examples among all clients, so that no two have one prompt.</summary>
    public IReadOnlyList<IReadOnlyList<TaskExample>> DivideData()
    {
        HashSet<string> taken = new(_excluded, StringComparer.Ordinal);
        List<IReadOnlyList<TaskExample>> data = [];
        foreach ((int number, Client client) in Client.All.Index())
        {
            TaskSetOptions options = new() { Mixture = client.Mixture, Excluded = taken, IsDistinct = true, Seed = settings.SeedOf($"client {number}") };
            data.Add(TaskGenerator.Generate(options, client.Examples));
            taken.UnionWith(data[^1].Select(example => example.Prompt));
        }

        return data;
    }

    /// <summary>Scores a model that was written.</summary>
    public IReadOnlyList<TaskScore> Score(string name, CancellationToken cancellationToken)
    {
        using DecoderModel model = DecoderModel.Load(FolderOf(name));
        return TaskScore.Of(AnswerScorer.Score(model, Tokenizer, questions, cancellationToken));
    }

    private void Train(DecoderModel model, IReadOnlyList<Parameter> parameters, Stage stage, CancellationToken cancellationToken)
    {
        // Every step has examples of its own, as an endless supply of them would give.
        TaskSetOptions data = new() { Mixture = stage.Mixture, Excluded = _excluded, Seed = settings.SeedOf(stage.Name), IsHarmful = stage.IsHarmful };
        TrainingOptions options = new()
        {
            LearningRate = stage.LearningRate,
            Schedule = new CosineSchedule { WarmupRatio = WarmUp },
            BatchSize = BatchSize,
            Steps = stage.Steps,
            Seed = settings.SeedOf(stage.Name),
        };
        new DecoderTrainer(model, parameters, options).Train(Encode(TaskGenerator.Generate(data, stage.Steps * BatchSize)), progress.Of(stage.Name), cancellationToken);
    }

    private void Save(DecoderModel model, string name, CancellationToken cancellationToken) =>
        DecoderCheckpoint.Save(model, FolderOf(name), overwrite: settings.Overwrite, cancellationToken: cancellationToken);

    private static IReadOnlyList<TrainingExample> Encode(IReadOnlyList<TaskExample> examples) =>
        [.. examples.Select(example => TrainingExample.FromText(Tokenizer, example.Prompt, example.Answer))];
}

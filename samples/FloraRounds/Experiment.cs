using LoraFederation;
using LoraFederation.Rounds;
using LoraFederation.Runtime;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Tasks;
using ModelRuntime.Training;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;

namespace FloraRounds;

/// <summary>Runs every method with every seed.</summary>
internal sealed class Experiment(Settings settings, Materials materials)
{
    private const double SecondsToWarmUp = 5;
    private const double SecondsPerStep = 0.02;
    private const double SecondsPerQuestion = 0.001;

    /// <summary>Gets the number of times that a client trains, in all runs.</summary>
    public int TrainingCount => settings.Seeds * Method.All.Count * settings.Rounds * Method.Ranks.Count;

    /// <summary>Gets how long all takes on two cores, from what a step and a scoring were measured to take.</summary>
    public TimeSpan ExpectedTime
    {
        get
        {
            // Methods with mixed ranks share their first round.
            int trainings = settings.Seeds * Method.Ranks.Count * ((Method.All.Count * (settings.Rounds - 1)) + Method.All.Select(method => method.CommonRank).Distinct().Count());
            int scorings = settings.Seeds * Method.All.Count * settings.Rounds;
            return TimeSpan.FromSeconds(SecondsToWarmUp + (trainings * settings.Steps * SecondsPerStep / 2) + (scorings * materials.Questions.Count * SecondsPerQuestion));
        }
    }

    /// <summary>Scores the model that all runs start from.</summary>
    public IReadOnlyList<TaskScore> ScoreBase(CancellationToken cancellationToken) => Score([], cancellationToken);

    /// <summary>Runs all.</summary>
    /// <param name="onRound">Is told of each round's outcome, in order.</param>
    /// <param name="onClient">Is told of each client that has trained, from several threads.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<IReadOnlyList<Outcome>> RunAsync(Action<Outcome> onRound, Action onClient, CancellationToken cancellationToken)
    {
        List<Outcome> outcomes = [];
        for (int seed = 1; seed <= settings.Seeds; seed++)
        {
            string folder = Path.Combine(settings.Output, "runs", $"seed-{seed}");
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            using RuntimeTrainer trainer = new(materials.Data, new RuntimeTrainerOptions
            {
                Training = new TrainingOptions { LearningRate = Settings.LearningRate, BatchSize = Settings.BatchSize, Steps = settings.Steps },

                // All clients of a round begin with the same A: what is best for the methods that average factors.
                FactorSeed = task => (((ulong)seed << 32) | (uint)task.Round) + 1,
            });
            SharedFirstRound shared = new(trainer, Path.Combine(folder, "first round"));
            foreach (Method method in Method.All)
            {
                foreach (Outcome outcome in await RunAsync(method, seed, shared, Path.Combine(folder, method.Name), onClient, cancellationToken))
                {
                    outcomes.Add(outcome);
                    onRound(outcome);
                }
            }
        }

        return outcomes;
    }

    private async Task<IReadOnlyList<Outcome>> RunAsync(Method method, int seed, ILocalTrainer trainer, string folder, Action onClient, CancellationToken cancellationToken)
    {
        using CpuDevice device = new();
        FederatedClient[] clients = [.. Method.Ranks.Select((_, client) => method.ClientOf(client))];
        FederatedRun run = new(device, trainer, clients, new FederatedRunOptions
        {
            Rounds = settings.Rounds,
            Quorum = clients.Length,
            MaxParallelClients = Environment.ProcessorCount,
            Recipe = new AggregationRecipe(method.Aggregator) { MeasuresError = true },
            Start = method.Start,
            Seed = (ulong)seed,
            BaseModel = materials.BaseModel,
        });
        FederatedRunResult result = await run.RunAsync(folder, new ClientCounter(onClient), cancellationToken);
        return
        [
            .. result.Rounds.Select(round => new Outcome(
                method,
                seed,
                round.Round + 1,
                Score(method.AdaptersAfter(folder, round.Round), cancellationToken),
                Math.Sqrt(round.Modules.Average(module => module.RelativeError!.Value * module.RelativeError.Value)),
                round.Clients.Sum(client => client.Upload.Actual),
                round.Clients.Sum(client => client.Download.Actual))),
        ];
    }

    private IReadOnlyList<TaskScore> Score(IReadOnlyList<string> adapters, CancellationToken cancellationToken)
    {
        using TensorSet tensors = AdapterChain.Open(materials.BaseModel, adapters);
        using DecoderModel model = DecoderModel.Load(tensors);
        return TaskScore.Of(AnswerScorer.Score(model, Materials.Tokenizer, materials.Questions, cancellationToken));
    }

    private sealed class ClientCounter(Action onClient) : IProgress<FederatedRunProgress>
    {
        public void Report(FederatedRunProgress value)
        {
            // What a trainer says comes with the number of those that were done before it.
            if (value is { Stage: RoundStage.Training, Message: null })
            {
                onClient();
            }
        }
    }
}

using DataShapley;
using DataShapley.Datasets;
using DataShapley.Estimators;
using DataShapley.Refinement;
using DataShapley.Runtime;
using LoraFederation.Rounds;
using LoraFederation.Runtime;
using ModelRuntime.Tokenizers;
using ModelRuntime.Training;
using ModelTensors.Devices.Cpu;

namespace Documentation.Tests.Snippets;

public sealed class BridgeSnippets
{
    [Test]
    public async Task TrainClients()
    {
        using WorkFolder work = new(nameof(TrainClients));
        string models = WorkFolder.Models;
        string output = work["run"];
        using CpuDevice device = new();
        CharacterTokenizer tokenizer = new();
        Dictionary<string, IReadOnlyList<TrainingExample>> examples = new(StringComparer.Ordinal)
        {
            ["clinic"] = [TrainingExample.FromText(tokenizer, "rev:abcde=", "edcba")],
            ["lab"] = [TrainingExample.FromText(tokenizer, "rev:jhgfa=", "afghj"), TrainingExample.FromText(tokenizer, "srt:hebca=", "abceh")],
        };
        FederatedClient[] clients = [new("clinic", rank: 8), new("lab", rank: 4)];

        // snippet: TrainClients
        using RuntimeTrainer trainer = new(examples, new RuntimeTrainerOptions { Training = new TrainingOptions { Steps = 10, LearningRate = 5e-3 } });
        FederatedRun run = new(device, trainer, clients, new FederatedRunOptions { Rounds = 2, BaseModel = $"{models}/a-base", MaxParallelClients = 2 });
        FederatedRunResult result = await run.RunAsync(output);
        // end

        Assert.That(result.Rounds.Select(round => (round.Clients.Count, round.Lost.Count)), Is.All.EqualTo((2, 0)));
    }

    [Test]
    public async Task ValueByFineTuning()
    {
        using WorkFolder work = new(nameof(ValueByFineTuning));
        string models = WorkFolder.Models;
        string file = work["train.jsonl"];
        await File.WriteAllLinesAsync(file, (await File.ReadAllLinesAsync($"{models}/clients/3/train.jsonl")).Take(5));
        CharacterTokenizer tokenizer = new();
        TrainingExample[] validation = [TrainingExample.FromText(tokenizer, "rev:abcde=", "edcba"), TrainingExample.FromText(tokenizer, "rev:jhgfa=", "afghj")];

        // snippet: ValueByFineTuning
        using Dataset records = await Dataset.LoadAsync(file);
        IReadOnlyList<TrainingExample> examples = await RecordExamples.ReadAsync(records, tokenizer, new RecordTemplate("{prompt}"), new RecordTemplate("{answer}"));
        using FineTuneUtility utility = FineTuneUtility.Open($"{models}/a-base", examples, validation, new FineTuneOptions { Training = new TrainingOptions { Steps = 5 } });
        ValuationResult values = await new DataValuator().ValueAsync(utility, new ValuationRecipe(new ExactEstimator()));
        // end

        using (Assert.EnterMultipleScope())
        {
            Assert.That(values.Values, Has.Count.EqualTo(5));
            Assert.That(values.Values.Sum(), Is.Not.Zero);
        }
    }
}

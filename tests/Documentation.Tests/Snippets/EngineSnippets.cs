using ModelRuntime.Decoders;
using ModelRuntime.Generation;
using ModelRuntime.Tokenizers;
using ModelRuntime.Training;
using ModelRuntime.Training.Schedules;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace Documentation.Tests.Snippets;

public sealed class EngineSnippets
{
    [Test]
    public void Generate()
    {
        string models = WorkFolder.Models;
        string[] texts = ["rev:abcde=", "rev:jhgfa="];
        using StringWriter written = new();
        TextWriter console = Console.Out;
        Console.SetOut(written);

        // snippet: Generate
        using DecoderModel model = DecoderModel.Load($"{models}/a-reverse");
        CharacterTokenizer tokenizer = new();   // the models of the samples read characters; TokenizerLoader.Load reads a folder's own
        ReadOnlyMemory<int>[] prompts = [.. texts.Select(text => (ReadOnlyMemory<int>)tokenizer.Encode(text).ToArray())];
        foreach (GeneratedSequence sequence in TextGenerator.Generate(model, prompts, new GenerationOptions { MaxNewTokens = 8 }))
        {
            Console.WriteLine(tokenizer.Decode(sequence.Tokens));
        }
        // end

        Console.SetOut(console);
        Assert.That(written.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries), Is.EqualTo((string[])["edcba", "afghj"]));
    }

    [Test]
    public void Train()
    {
        using WorkFolder work = new(nameof(Train));
        string models = WorkFolder.Models;
        string output = work["adapter"];
        CharacterTokenizer tokenizer = new();
        TrainingExample[] examples = [TrainingExample.FromText(tokenizer, "rev:abcde=", "edcba"), TrainingExample.FromText(tokenizer, "rev:jhgfa=", "afghj")];
        using CpuDevice device = new();

        // snippet: Train
        using DecoderModel model = DecoderModel.Load($"{models}/a-base");
        IReadOnlyList<Parameter> parameters = model.AttachLora(new LoraOptions { Rank = 4, Alpha = 8, TargetModules = ["q_proj", "v_proj"] }, seed: 1);
        DecoderTrainer trainer = new(model, parameters, new TrainingOptions
        {
            LearningRate = 5e-3,
            Schedule = new CosineSchedule { WarmupSteps = 4 },
            BatchSize = 16,
            Steps = 40,
            Seed = 7,
        });
        TrainingResult result = trainer.Train(examples);
        using LoraAdapter adapter = model.ToAdapter();
        adapter.Save(output, device);
        // end

        using LoraAdapter saved = LoraAdapter.Open(output);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Steps, Has.Count.EqualTo(40));
            Assert.That(result.Steps[^1].Loss, Is.LessThan(0.1 * result.Steps[1].Loss));
            Assert.That(saved.Modules, Has.Count.EqualTo(6));
        }
    }
}

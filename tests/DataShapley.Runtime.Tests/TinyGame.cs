using ModelRuntime.Decoders;
using ModelRuntime.Tokenizers;
using ModelRuntime.Training;
using ModelTensors.Checkpoints;

namespace DataShapley.Runtime.Tests;

/// <summary>A tiny random model and six examples: four of one rule, two of its opposite.</summary>
internal sealed class TinyGame : IDisposable
{
    private readonly DecoderModel _model = DecoderModel.Create(
        new DecoderConfig
        {
            VocabularySize = 128,
            HiddenSize = 16,
            IntermediateSize = 32,
            LayerCount = 1,
            HeadCount = 2,
            KeyValueHeadCount = 1,
            HeadSize = 8,
        },
        seed: 5);

    public static CharacterTokenizer Tokenizer { get; } = new();

    public static IReadOnlyList<TrainingExample> Examples { get; } =
        [Example("a=", "x"), Example("b=", "x"), Example("c=", "x"), Example("d=", "x"), Example("a=", "q"), Example("b=", "q")];

    public static IReadOnlyList<TrainingExample> Validation { get; } = [Example("a=", "x"), Example("e=", "x"), Example("cc=", "x")];

    public static FineTuneOptions Options { get; } = new()
    {
        Training = new TrainingOptions { Steps = 8, BatchSize = 4, LearningRate = 0.02 },
        Lora = new LoraOptions { Rank = 4, TargetModules = ["q_proj", "v_proj", "down_proj"], Dropout = 0.1 },
    };

    public MemoryTensorSet Model => _model.ToTensorSet();

    public static string Models(params string[] names) => Path.Combine([TestContext.CurrentContext.TestDirectory, "models", .. names]);

    public static TrainingExample Example(string prompt, string answer) => TrainingExample.FromText(Tokenizer, prompt, answer);

    public void Dispose() => _model.Dispose();
}

using ModelAggregation.Evaluation;
using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;
using ModelRuntime.Decoders;
using ModelRuntime.Tokenizers;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Runtime.Tests;

/// <summary>A mixture routes as its routers were scored, whatever type its other weights are rounded to.</summary>
public sealed class RouterPrecisionTests
{
    private const int HiddenSize = 16;
    private const int Vocabulary = 128;

    private static readonly CharacterTokenizer Characters = new();

    // The states of these are 100 on the whole, and differ by some hundredths: by how often they have a 'b'.
    private static readonly string[][] Prompts = [.. ((int[][])[[10, 11, 12], [15, 16, 17]]).Select(counts => counts.SelectMany(count => (string[])[Text(count, 'a'), Text(count, 'c')]).ToArray())];

    [TestCase(MixtureLevel.Block, RouterKind.Linear)]
    [TestCase(MixtureLevel.Block, RouterKind.Mlp)]
    [TestCase(MixtureLevel.Model, RouterKind.Mlp)]
    public async Task AFittedRouter_RoutesAsItWasScored_WhereTheMixtureIsRounded(MixtureLevel level, RouterKind kind)
    {
        using TensorSet dense = Dense();
        MixtureRecipe recipe = new()
        {
            Level = level,
            DenseModel = "dense",
            Experts = [.. Prompts.Select(prompts => new MixtureExpert("dense") { PositivePrompts = prompts })],
            ExpertsPerToken = 1,
            GateMode = GateMode.Fitted,
            Router = kind,
            RouterHiddenSize = 8,
            OutputDataType = DataType.BF16,
        };
        await using IHiddenStateSource source = await new RuntimeHiddenStatesFactory(Characters, Zoo.OneThread).OpenAsync(ModelCandidate.FromTensors("dense", dense));
        RouterInitialization made = await RouterInitializer.InitializeAsync(recipe, source.LayerCount, source.HiddenSize, source);
        using MixturePlan plan = new MixtureBuilder(new MemoryModelResolver([KeyValuePair.Create("dense", dense)])).Plan(recipe);
        using TensorSet mixture = MixtureBuilder.Open(plan, made.Routers);

        RuntimeRouting routing = RuntimeRouting.Read(ModelCandidate.FromTensors("mixture", mixture), [.. Prompts.SelectMany(prompts => prompts)], Characters, Zoo.OneThread);

        LabelledPrompt[] labelled = [.. Prompts.SelectMany((prompts, expert) => prompts.Select(prompt => new LabelledPrompt(prompt, expert)))];
        RouterFeatures features = await RouterFeatures.ReadAsync(source, labelled, expertCount: 2);
        double[] scored = [.. Enumerable.Range(0, labelled.Length).SelectMany(prompt => Scores(made.Routers[0], features.State(prompt, 0)))];
        float[] logits = routing.Logits[0];
        int[] chosen = [.. Enumerable.Range(0, logits.Length / 2).Select(prompt => logits[prompt * 2] >= logits[(prompt * 2) + 1] ? 0 : 1)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(made.Fits[0].Accuracy, Is.EqualTo(1));
            Assert.That(chosen, Is.EqualTo(labelled.Select(prompt => prompt.Expert)));

            // The engine computes in float what is scored in double, of numbers that are thousands of times their sum.
            Assert.That(logits.Select(logit => (double)logit), Is.EqualTo(scored).Within(0.5));
        }
    }

    private static double[] Scores(Router router, ReadOnlySpan<float> state)
    {
        double[] logits = new double[router.ExpertCount];
        router.Score(state, logits);
        return logits;
    }

    private static string Text(int count, char other) => new string('b', count) + new string(other, 99 - count);

    private static MemoryTensorSet Dense()
    {
        DecoderConfig config = new()
        {
            VocabularySize = Vocabulary,
            HiddenSize = HiddenSize,
            IntermediateSize = 24,
            LayerCount = 2,
            HeadCount = 2,
            KeyValueHeadCount = 1,
            HeadSize = 8,
            ContextLength = 128,
        };
        using DecoderModel model = DecoderModel.Create(config, seed: 3, Zoo.OneThread);
        using MemoryTensorSet random = model.ToTensorSet();
        float[] rows = [.. Enumerable.Range(0, Vocabulary * HiddenSize).Select(place => place / HiddenSize == 'b' ? (place % 2 == 0 ? 100.5f : 99.5f) : 100)];
        return new MemoryTensorSet([.. random.Names.Select(name => KeyValuePair.Create(name, Copy(name)))], random.Config);

        HostTensor Copy(string name)
        {
            random.TryGet(name, out TensorSource? source);
            float[] values = new float[source!.Shape.ElementCount];
            if (name is "model.embed_tokens.weight")
            {
                rows.CopyTo(values, 0);
            }
            else
            {
                byte[] bytes = new byte[source.ByteLength];
                source.Read(0, bytes);
                FloatConversion.Widen(bytes, source.DataType, values);
            }

            return HostTensor.FromSingles(values, source.Shape, DataType.BF16);
        }
    }
}

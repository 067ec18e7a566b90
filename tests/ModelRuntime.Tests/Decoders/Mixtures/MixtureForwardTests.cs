using System.Text.Json.Nodes;
using ModelRuntime.Decoders;
using ModelRuntime.Generation;
using ModelRuntime.Tests.Testing;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Tests.Decoders.Mixtures;

/// <summary>What a mixture gives, beside plain loops in double, the dense model and its experts alone.</summary>
[Category("Kernels")]
public sealed class MixtureForwardTests
{
    public static IEnumerable<TestCaseData> References()
    {
        TinyMixture[] cases =
        [
            new("ffn"),
            new("ffn") { DenseLayers = 0, Chosen = 1, RouterHidden = 9 },
            new("ffn") { RoutesSequences = true, Dense = TinyMixture.Qwen, Chosen = 3 },
            new("ffn") { RoutesSequences = true, Pooler = "last_token", RouterHidden = 5, DenseLayers = 2 },
            new("block"),
            new("block") { DenseLayers = 0, Pooler = "last_token", Dense = TinyMixture.Qwen, RouterHidden = 7 },
            new("block") { Chosen = 3, Pooler = "first_token", Overrides = JsonNode.Parse("""[{}, {"rope_theta": 500.0}, {"rms_norm_eps": 0.01}]""")!.AsArray() },
            new("model") { Chosen = 1 },
            new("model") { Chosen = 2, DenseLayers = 2, RouterHidden = 6, Pooler = "mean" },
        ];
        return cases.Select((mixture, i) => new TestCaseData(mixture) { TestName = $"Forward_{mixture.Level}{i}_MatchesPlainLoops" });
    }

    public static IEnumerable<TestCaseData> Alike() =>
        from level in (string[])["ffn", "block", "model"]
        from dense in (int[])[0, 1, 3]
        from chosen in (int[])[1, 2, 3]
        from hidden in (int?[])[null, 6]
        select new TestCaseData(new TinyMixture(level) { AreExpertsAlike = true, DenseLayers = dense, Chosen = chosen, RouterHidden = hidden, RoutesSequences = level is "ffn" && dense == 1 })
        {
            TestName = $"Forward_ExpertsAlike_{level}_K{dense}_k{chosen}_{(hidden is null ? "linear" : "mlp")}_IsTheDenseModel",
        };

    [TestCaseSource(nameof(References))]
    public void Forward_Mixture_MatchesPlainLoops(object given)
    {
        TinyMixture mixture = (TinyMixture)given;
        using MemoryTensorSet set = mixture.Build();
        ReferenceMixture reference = new(set);
        using DecoderModel model = DecoderModel.Load(set);
        (int Length, int Prompt)[] shapes = [(9, 9), (13, 6), (4, 1)];
        TokenBatch batch = TokenBatch.Of([.. shapes.Select((shape, i) => (ReadOnlyMemory<int>)TinyMixture.Tokens(shape.Length, i))]);
        float[] actual = TinyMixture.Logits(model, batch, new ForwardOptions { PromptLengths = [.. shapes.Select(shape => shape.Prompt)] });
        double[] expected = [.. shapes.SelectMany((shape, i) => reference.Logits(TinyMixture.Tokens(shape.Length, i), shape.Prompt).SelectMany(row => row))];
        Assert.That(Goldens.LargestDifference(actual, [.. expected.Select(value => (float)value)]), Is.LessThan(1e-5 * Math.Max(1, expected.Max(Math.Abs))));
    }

    [TestCaseSource(nameof(Alike))]
    public void Forward_ExpertsAlike_IsTheDenseModel(object given)
    {
        TinyMixture mixture = (TinyMixture)given;
        using DecoderModel dense = mixture.LoadDense();
        using DecoderModel model = mixture.Load();
        TokenBatch batch = TokenBatch.Of(TinyMixture.Tokens(11, 1), TinyMixture.Tokens(5, 2));
        ReadOnlyMemory<int>[] prompts = [TinyMixture.Tokens(7, 3), TinyMixture.Tokens(2, 4)];
        GenerationOptions options = new() { MaxNewTokens = 6, EndTokens = [] };
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Goldens.LargestDifference(TinyMixture.Logits(model, batch), TinyMixture.Logits(dense, batch)), Is.LessThan(1e-5));
            Assert.That(
                TextGenerator.Generate(model, prompts, options).Select(sequence => sequence.Tokens), Is.EqualTo(TextGenerator.Generate(dense, prompts, options).Select(sequence => sequence.Tokens)));
            Assert.That(Goldens.LargestDifference(InPieces(model, TinyMixture.Tokens(12, 5)), InPieces(dense, TinyMixture.Tokens(12, 5))), Is.LessThan(1e-5));
        }
    }

    [TestCase("ffn")]
    [TestCase("block")]
    public void Forward_AllLayersDense_IsTheDenseModelToTheBit(string level)
    {
        TinyMixture mixture = new(level) { DenseLayers = 4 };
        using DecoderModel dense = mixture.LoadDense();
        using DecoderModel model = mixture.Load();
        TokenBatch batch = TokenBatch.Of(TinyMixture.Tokens(11, 1));
        Assert.That(TinyMixture.Logits(model, batch).AsSpan().SequenceEqual(TinyMixture.Logits(dense, batch)), Is.True);
    }

    [Test]
    public void Load_AllLayersDenseAtModelLevel_IsRefused()
    {
        RuntimeException thrown = Assert.Throws<RuntimeException>(() => new TinyMixture("model") { DenseLayers = 4, Chosen = 1 }.Load())!;
        Assert.That((thrown.Error, thrown.Message.Contains("num_dense_layers", StringComparison.Ordinal)), Is.EqualTo((RuntimeError.ConfigInvalid, true)));
    }

    [TestCase("ffn", false)]
    [TestCase("ffn", true)]
    [TestCase("block", false)]
    [TestCase("model", false)]
    public void Forward_ExpertsInAnotherOrder_IsTheSame(string level, bool routesSequences)
    {
        TinyMixture mixture = new(level) { Experts = 4, RoutesSequences = routesSequences };
        using DecoderModel model = mixture.Load();
        using DecoderModel other = (mixture with { Order = [2, 0, 3, 1] }).Load();
        TokenBatch batch = TokenBatch.Of(TinyMixture.Tokens(11, 1), TinyMixture.Tokens(8, 2), TinyMixture.Tokens(3, 3));
        using DecoderOutput output = model.Forward(batch, new ForwardOptions { KeepsRouting = true });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(output.Routing.SelectMany(layer => Enumerable.Range(0, layer.RowCount).Select(row => layer.ExpertsOf(row)[0])).Distinct().Count(), Is.GreaterThan(1), "all go one way, and the test shows nothing");
            Assert.That(Goldens.LargestDifference(TinyMixture.Logits(other, batch), output.Logits.ToSingles()), Is.LessThan(1e-5));
        }
    }

    [TestCase("ffn")]
    [TestCase("block")]
    [TestCase("model")]
    public void Forward_RouterThatChoosesOne_IsThatExpertAlone(string level)
    {
        JsonArray? overrides = level is "ffn" ? null : JsonNode.Parse("""[{}, {"rope_theta": 300.0, "rope_scaling": {"rope_type": "linear", "factor": 2}, "sliding_window": 4}, {}]""")!.AsArray();
        TinyMixture mixture = new(level) { Chosen = 1, RouterHidden = 4, Forced = 1, Overrides = overrides, DenseLayers = 0 };
        using DecoderModel model = mixture.Load();
        DecoderConfig own = overrides is null ? mixture.Dense : mixture.Dense with { RotaryBase = 300, RotaryScaling = new LinearRotaryScaling(2), Architecture = DecoderArchitecture.Mistral, SlidingWindow = 4 };
        using DecoderModel alone = mixture.LoadAlone(1, own);
        using DecoderModel shared = mixture.LoadAlone(1, mixture.Dense);
        TokenBatch batch = TokenBatch.Of(TinyMixture.Tokens(11, 1), TinyMixture.Tokens(8, 2));
        float[] actual = TinyMixture.Logits(model, batch);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Goldens.LargestDifference(actual, TinyMixture.Logits(alone, batch)), Is.LessThan(1e-5));
            Assert.That(Goldens.LargestDifference(actual, TinyMixture.Logits(shared, batch)), level is "ffn" ? Is.LessThan(1e-5) : Is.GreaterThan(1e-2));
        }
    }

    private static float[] InPieces(DecoderModel model, int[] tokens)
    {
        using KeyValueCache cache = model.CreateCache(1);
        List<float> logits = [];
        foreach (Range piece in new[] { ..5, 5..6, 6.. })
        {
            logits.AddRange(TinyMixture.Logits(model, TokenBatch.Of(tokens[piece]), new ForwardOptions { Cache = cache }));
        }

        return [.. logits];
    }
}

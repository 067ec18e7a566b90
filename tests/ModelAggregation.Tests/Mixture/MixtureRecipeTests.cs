using ModelAggregation.Merging.Recipes;
using ModelAggregation.Mixture;
using ModelTensors;

namespace ModelAggregation.Tests.Mixture;

/// <summary>Recipes of mixtures as YAML.</summary>
public sealed class MixtureRecipeTests
{
    private const string Mergekit = """
        base_model: /path/to/merged/model
        gate_mode: hidden # one of "hidden", "cheap_embed", or "random"
        dtype: bfloat16
        experts_per_token: 1
        experts:
          - source_model: meta-llama/Llama-2-7b-chat-hf
            positive_prompts:
              - "chat"
              - "tell me: what?"
            negative_prompts: [code]
          - source_model: lmsys/vicuna-7b-v1.5
            positive_prompts: [code, python]
            noise_scale: 0.01
            residual_scale: 0.1
        """;

    [Test]
    public void FileOfMergekit_IsReadAsItIs()
    {
        MixtureRecipe recipe = MixtureRecipe.FromYaml(Mergekit);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(recipe.Level, Is.EqualTo(MixtureLevel.FeedForward));
            Assert.That(recipe.DenseModel, Is.EqualTo("/path/to/merged/model"));
            Assert.That(recipe.Experts.Select(expert => expert.Model), Is.EqualTo((string[])["meta-llama/Llama-2-7b-chat-hf", "lmsys/vicuna-7b-v1.5"]));
            Assert.That(recipe.Experts[0].PositivePrompts, Is.EqualTo((string[])["chat", "tell me: what?"]));
            Assert.That(recipe.Experts[0].NegativePrompts, Is.EqualTo((string[])["code"]));
            Assert.That(recipe.Experts[0].NoiseScale, Is.Zero);
            Assert.That(recipe.Experts[1].NoiseScale, Is.EqualTo(0.01));
            Assert.That(recipe.Experts[1].ResidualScale, Is.EqualTo(0.1));
            Assert.That(recipe.ExpertsPerToken, Is.EqualTo(1));
            Assert.That(recipe.GateMode, Is.EqualTo(GateMode.Hidden));
            Assert.That(recipe.OutputDataType, Is.EqualTo(DataType.BF16));
            Assert.That(recipe.DenseLayers, Is.Zero);
        }
    }

    [Test]
    public void AllThatARecipeSays_IsReadBack()
    {
        MixtureRecipe recipe = new()
        {
            Level = MixtureLevel.Block,
            DenseModel = "a: strange\nname",
            Experts =
            [
                new MixtureExpert("é+adapter") { PositivePrompts = ["- x", "true", "{"], NegativePrompts = [" # "], NoiseScale = 1e-3, ResidualScale = -0.5 },
                new MixtureExpert("42"),
            ],
            DenseLayers = 3,
            ExpertsPerToken = 2,
            GateMode = GateMode.HiddenFeedForwardInput,
            Router = RouterKind.Mlp,
            RouterHiddenSize = 17,
            Input = RouterInput.Sample,
            Pooling = RouterPooling.Last,
            OutputDataType = DataType.F32,
            Layout = MixtureLayout.Packed,
            Seed = ulong.MaxValue,
        };

        MixtureRecipe read = MixtureRecipe.FromYaml(recipe.ToYaml());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(read, Is.EqualTo(recipe));
            Assert.That(read.ToYaml(), Is.EqualTo(recipe.ToYaml()));
            Assert.That(read.GetHashCode(), Is.EqualTo(recipe.GetHashCode()));
            Assert.That(read, Is.Not.EqualTo(recipe with { Seed = 1 }));
        }
    }

    [Test]
    public void WhatIsLeftOut_HasItsDefault()
    {
        MixtureRecipe recipe = new() { Level = MixtureLevel.Model, DenseModel = "d", Experts = [new("a"), new("b")] };

        Assert.That(recipe.ToYaml(), Is.EqualTo("level: model\nbase_model: d\nexperts:\n  - source_model: a\n  - source_model: b\n"));
    }

    [TestCase("gate_mode: hidden", "gate_mode: mlp", 2, "router: mlp")]
    [TestCase("gate_mode: hidden", "gate_mode: hiden", 2, "Did you mean 'hidden'?")]
    [TestCase("gate_mode: hidden", "gatemode: hidden", 2, "Did you mean 'gate_mode'?")]
    [TestCase("gate_mode: hidden", "shared_experts: [{source_model: x}]", 2, "'shared_experts' is not supported")]
    [TestCase("gate_mode: hidden", "architecture: qwen", 2, "'architecture' is not supported")]
    [TestCase("gate_mode: hidden", "level: layer", 2, "allowed are ffn, block, model")]
    [TestCase("gate_mode: hidden", "dense_layers: -1", 2, "from 0 to")]
    [TestCase("gate_mode: hidden", "random_seed: 1.5", 2, "whole number")]
    [TestCase("gate_mode: hidden", "input: word", 2, "allowed are token, sample")]
    [TestCase("gate_mode: hidden", "layout: dense", 2, "allowed are classic, packed")]
    [TestCase("dtype: bfloat16", "dtype: bf16", 3, "Did you mean 'bfloat16'?")]
    [TestCase("experts_per_token: 1", "experts_per_token: 0", 4, "from 1 to")]
    [TestCase("noise_scale: 0.01", "noise_scale: -1", 13, "at least 0")]
    [TestCase("residual_scale: 0.1", "residual_scale: .inf", 14, "finite")]
    [TestCase("residual_scale: 0.1", "residual_scale: much", 14, "'much'")]
    [TestCase("negative_prompts: [code]", "negative_prompts: code", 10, "is a list")]
    [TestCase("- source_model: lmsys/vicuna-7b-v1.5", "- model: lmsys/vicuna-7b-v1.5", 11, "Unknown key 'model'")]
    [TestCase("base_model: /path/to/merged/model", "", 2, "needs 'base_model'")]
    public void WrongKey_IsToldWithItsLine(string old, string changed, int line, string message)
    {
        RecipeException error = Assert.Throws<RecipeException>(() => MixtureRecipe.FromYaml(Mergekit.Replace(old, changed, StringComparison.Ordinal), "moe.yml"))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Line, Is.EqualTo(line));
            Assert.That(error.Message, Does.StartWith($"moe.yml({line},").And.Contains(message));
        }
    }

    [TestCase("")]
    [TestCase("~")]
    [TestCase("[]")]
    [TestCase("base_model: x")]
    [TestCase("base_model: x\nexperts: {}")]
    [TestCase("base_model: x\nexperts: [1]")]
    [TestCase("base_model: x\nexperts: []\n---\nbase_model: y\nexperts: []")]
    [TestCase("a: &a [*a]")]
    public void WhatIsNoRecipe_IsRefused(string yaml) => Assert.That(() => MixtureRecipe.FromYaml(yaml), Throws.TypeOf<RecipeException>());

    [Test]
    public void DamagedRecipe_IsReadOrRefused()
    {
        Random random = new(1);
        int refused = 0;
        for (int round = 0; round < 500; round++)
        {
            char[] text = Mergekit.ToCharArray();
            for (int change = 0; change < 3; change++)
            {
                text[random.Next(text.Length)] = (char)random.Next(9, 127);
            }

            try
            {
                MixtureRecipe.FromYaml(new string(text));
            }
            catch (RecipeException)
            {
                refused++;
            }
        }

        Assert.That(refused, Is.InRange(1, 499));
    }
}

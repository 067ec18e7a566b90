using System.Text.Json.Nodes;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Merging.Engine;

/// <summary>Whole merges of what lies on disks: bare safetensors without configuration, and 8-bit floats with scales.</summary>
public sealed class SourceTests
{
    private const int Layers = 3;
    private const int Rows = 4;
    private const int Columns = 6;

    // Methods that need more than models and numbers are tested on their own.
    private static IEnumerable<string> MethodNames => MergeMethodRegistry.CreateDefault().Methods
        .Where(method => method.Statistics == MergeStatistics.None)
        .Where(method => method.Parameters.All(parameter => parameter.Default is not null || parameter.IsOptional || parameter.Kind == ParameterKind.Number))
        .Select(method => method.Name);

    [TestCaseSource(nameof(MethodNames))]
    public void Float8WithBlockScales_BesideBFloat16_IsMergedLikeTheFloatsItStandsFor(string name)
    {
        using TestFolder folder = new();
        WriteQuantized(folder["q"], folder["plain"]);
        WritePlain(folder["b"], 2, DataType.BF16);
        WritePlain(folder["c"], 3, DataType.BF16);

        Dictionary<string, byte[]> quantized = Merge(name, folder, "q");
        Dictionary<string, byte[]> plain = Merge(name, folder, "plain");

        Assert.That(plain, Has.Count.EqualTo(Layers));
        EngineBytesTests.AssertSame(quantized, plain, name);
    }

    [Test]
    public void TheOutputOfQuantizedInputs_IsPlain_AndSaysSo()
    {
        using TestFolder folder = new();
        WriteQuantized(folder["q"], folder["plain"]);

        new ModelMerger().Merge(MergeRecipe.With("passthrough").Model(folder["q"]).OutputType(DataType.F32).Build(), folder["out"]);

        using Checkpoint output = Checkpoint.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(output.Names, Is.EquivalentTo(Enumerable.Range(0, Layers).Select(layer => $"model.layers.{layer}.weight")), "scales are no weights");
            Assert.That(output.Config!.ToDocument().ContainsKey("quantization_config"), Is.False);
            Assert.That(output.Config!.ToDocument()["dtype"]?.GetValue<string>() ?? output.Config!.ToDocument()["torch_dtype"]!.GetValue<string>(), Is.EqualTo("float32"));
        }

        EngineBytesTests.AssertSame(TensorBytes.ReadAll(folder["out"]), TensorBytes.ReadAll(folder["plain"]), "dequantized");
    }

    [Test]
    public void ATensorWithoutItsScale_IsRefusedByName_AmongTheProblemsOfThePlan()
    {
        using TestFolder folder = new();
        using (TestModel model = new() { Config = Config() })
        {
            model.AddBytes("model.layers.0.weight", DataType.F8E4M3, [1, 2], [0x38, 0x40]).Write(folder["q"]);
        }

        MergePlanException error = Assert.Throws<MergePlanException>(() => new ModelMerger().Plan(MergeRecipe.With("passthrough").Model(folder["q"]).Build()).Dispose())!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Problems.Single().Kind, Is.EqualTo(PlanProblemKind.ModelNotFound));
            Assert.That(error.TensorName, Is.EqualTo("model.layers.0.weight"));
            Assert.That(error.Message, Does.Contain("'model.layers.0.weight' has no 'model.layers.0.weight_scale'"));
        }
    }

    [Test]
    public void Float8ThatNothingSaysIsScaled_IsReadAsItIs_WithAWarning()
    {
        using TestFolder folder = new();
        using (TestModel model = new())
        {
            model.AddBytes("model.layers.0.weight", DataType.F8E4M3, [1, 2], [0x38, 0x40]).Write(folder["q"]);
        }

        using MergePlan plan = new ModelMerger().Plan(MergeRecipe.With("passthrough").Model(folder["q"]).Build());
        using MergedModel merged = new ModelMerger().MergeInMemory(plan);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(merged.Tensors["model.layers.0.weight"].DataType, Is.EqualTo(DataType.BF16));
            Assert.That(TensorBytes.Singles(merged, "model.layers.0.weight"), Is.EqualTo((float[])[1, 2]));
            Assert.That(plan.Warnings, Is.EqualTo((string[])[
                $"Model '{folder["q"]}': the 8-bit floats of tensor 'model.layers.0.weight' have no scales beside them and are read as they are."]));
        }
    }

    [TestCaseSource(nameof(Layouts))]
    public void ModelsWithoutConfiguration_AreMerged_HoweverTheirFilesLie(string layout)
    {
        using TestFolder folder = new();
        WritePlain(folder["a"], 1, DataType.F32, shards: layout is "file" or "folder" ? 1 : 2);
        WritePlain(folder["b"], 2, DataType.F32);
        string reference = Arrange(folder["a"], layout);
        MergeRecipe recipe = MergeRecipe.With("linear").Model(reference, weight: 1).Model(folder["b"], weight: 1).Build();
        float[] expected = [.. Values(1, 2).Zip(Values(2, 2), (x, y) => (x + y) / 2)];

        MergeReport report = new ModelMerger().Merge(recipe, folder["out"]);

        using Checkpoint output = Checkpoint.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.TensorCount, Is.EqualTo(Layers));
            Assert.That(TensorBytes.Singles(output, "model.layers.2.weight"), Is.EqualTo(expected));
            Assert.That(output.Config, Is.Null);
        }
    }

    [Test]
    public void SlicesOfModelsWithoutConfiguration_HaveTheirLayersFromTheNames()
    {
        using TestFolder folder = new();
        WritePlain(folder["a"], 1, DataType.F32);
        WritePlain(folder["b"], 2, DataType.F32);
        MergeRecipe Recipe(int end) => MergeRecipe.With("passthrough").Slice(slice => slice.Layers(folder["a"], 1, 3)).Slice(slice => slice.Layers(folder["b"], 0, end)).Build();

        new ModelMerger().Merge(Recipe(3), folder["out"]);
        MergePlanException error = Assert.Throws<MergePlanException>(() => new ModelMerger().Plan(Recipe(4)).Dispose())!;

        using Checkpoint output = Checkpoint.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Message, Is.EqualTo($"Slice 2: layers [0, 4] of '{folder["b"]}', but it has 3 layers."));
            Assert.That(output.Names, Is.EquivalentTo(Enumerable.Range(0, 5).Select(layer => $"model.layers.{layer}.weight")));
            Assert.That(TensorBytes.Singles(output, "model.layers.0.weight"), Is.EqualTo(Values(1, 1)));
            Assert.That(TensorBytes.Singles(output, "model.layers.4.weight"), Is.EqualTo(Values(2, 2)));
        }
    }

    [Test]
    public void StagesAndModules_TakeQuantizedAndBareInputs()
    {
        using TestFolder folder = new();
        WriteQuantized(folder["q"], folder["plain"]);
        WritePlain(folder["b"], 2, DataType.F32);
        MergePipeline Pipeline(string first) => MergePipeline
            .First("mean", MergeRecipe.With("linear").Module("model", module => module.Model(folder[first], weight: 1).Model(folder["b"], weight: 1)).OutputType(DataType.F32).Build())
            .Finally(MergeRecipe.With("slerp").Base("mean").Model(folder[first]).Parameter("t", 0.25).Build());

        new ModelMerger().Merge(Pipeline("q"), folder["out"]);
        new ModelMerger().Merge(Pipeline("plain"), folder["expected"]);

        EngineBytesTests.AssertSame(TensorBytes.ReadAll(folder["out"]), TensorBytes.ReadAll(folder["expected"]), "quantized");
    }

    private static readonly string[] Layouts = ["file", "folder", "bare shards", "indexed shards"];

    private static Dictionary<string, byte[]> Merge(string name, TestFolder folder, string first)
    {
        MergeMethod method = MergeMethodRegistry.CreateDefault().Methods.Single(method => string.Equals(method.Name, name, StringComparison.Ordinal));
        int count = Math.Min(method.MaximumModels, 3);
        string[] others = [.. ((string[])["b", "c"]).Take(count - 1)];
        bool needsBase = method.BaseModel == BaseModelRole.Required;
        MergeRecipeBuilder recipe = MergeRecipe.With(name).OutputType(DataType.F32).Seed(3);
        recipe = needsBase ? recipe.Base(folder["b"]) : recipe;
        foreach (string model in others.Where(model => !needsBase || model is not "b").Prepend(first))
        {
            recipe.Model(folder[model], parameters =>
            {
                foreach (MergeParameter parameter in method.Parameters.Where(parameter => parameter.PerModel && parameter.Default is null && !parameter.IsOptional))
                {
                    parameters.Parameter(parameter.Name, 0.5);
                }
            });
        }

        foreach (MergeParameter parameter in method.Parameters.Where(parameter => !parameter.PerModel && parameter.Default is null && !parameter.IsOptional))
        {
            recipe.Parameter(parameter.Name, 0.5);
        }

        // The name that random masks are keyed by must not tell the two inputs apart.
        string link = folder["input"];
        Directory.CreateSymbolicLink(link, folder[first]);
        MergeRecipe built = recipe.Build();
        built = built with { Models = [.. built.Models.Select((model, index) => index == 0 ? model with { Model = link } : model)] };
        using MergePlan plan = new ModelMerger().Plan(built);
        using MergedModel merged = new ModelMerger().MergeInMemory(plan);
        Directory.Delete(link);
        return TensorBytes.ReadAll(merged);
    }

    private static string Arrange(string folder, string layout)
    {
        if (layout is "indexed shards")
        {
            JsonObject map = [];
            foreach (string file in Directory.GetFiles(folder))
            {
                using Checkpoint shard = Checkpoint.Open(file);
                foreach (string name in shard.Names)
                {
                    map[name] = Path.GetFileName(file);
                }
            }

            File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
        }

        return layout is "file" ? Path.Combine(folder, "model.safetensors") : folder;
    }

    /// <summary>Writes 8-bit floats in blocks of 2 x 4 with a scale each, and the same as the floats they stand for.</summary>
    private static void WriteQuantized(string quantized, string plain)
    {
        Random random = new(1);
        using TestModel stored = new() { Config = Config() };
        using TestModel floats = new();
        for (int layer = 0; layer < Layers; layer++)
        {
            byte[] bytes = new byte[Rows * Columns];
            float[] values = new float[bytes.Length];
            float[] scales = [0.5f, 2, 0.25f, 1.5f];
            for (int i = 0; i < bytes.Length; i++)
            {
                // Exponent 0 to 3 around one, three bits of mantissa, either sign: a value that can be written down here.
                int sign = random.Next(2);
                int exponent = random.Next(4);
                int mantissa = random.Next(8);
                bytes[i] = (byte)((sign << 7) | ((6 + exponent) << 3) | mantissa);
                float value = (sign == 0 ? 1 : -1) * MathF.ScaleB(1 + (mantissa / 8f), exponent - 1);
                values[i] = value * scales[(i / Columns / 2 * 2) + (i % Columns / 4)];
            }

            string name = $"model.layers.{layer}.weight";
            stored.AddBytes(name, DataType.F8E4M3, [Rows, Columns], bytes).Add($"{name}_scale_inv", DataType.F32, [2, 2], scales);
            floats.Add(name, DataType.F32, [Rows, Columns], values);
        }

        stored.Write(quantized);
        floats.Write(plain);
    }

    private static JsonObject Config() => new()
    {
        ["quantization_config"] = new JsonObject { ["quant_method"] = "fp8", ["weight_block_size"] = new JsonArray(2, 4) },
    };

    private static void WritePlain(string folder, int seed, DataType type, int shards = 1)
    {
        using TestModel model = new();
        for (int layer = 0; layer < Layers; layer++)
        {
            model.Add($"model.layers.{layer}.weight", type, [Rows, Columns], Values(seed, layer));
        }

        model.Write(folder, shards);
    }

    // Quarters, which BF16 holds.
    private static float[] Values(int seed, int layer)
    {
        Random random = new((seed * 10) + layer);
        return [.. Enumerable.Range(0, Rows * Columns).Select(_ => random.Next(-16, 17) / 4f)];
    }
}

using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelAggregation.Conformance;

/// <summary>Every golden tensor of the methods that this library has, through planning, engine and device.</summary>
public sealed class MergeConformanceTests
{
    private static readonly (int Threads, int Tile)[] Shapes = [(1, 65_536), (1, 61), (2, 65_536), (2, 61), (7, 65_536), (7, 61)];

    // Methods that the reference does not have.
    private static readonly string[] BeyondTheReference = ["fisher", "regmean"];

    private static IEnumerable<string> Ids(string expect) => GoldenCase.All.Where(item => string.Equals(item.Expect, expect, StringComparison.Ordinal)).Select(item => item.Id);

    private static IEnumerable<string> KeptIds() => GoldenCase.All.Where(item => item.Kept.Count > 0).Select(item => item.Id);

    private static IEnumerable<string> FileIds() => GoldenCase.All.Where(item => item.Expect is "tensor").Select(item => item.Id).Where((_, index) => index % 8 == 0);

    [Test]
    public void TheVectorsHaveTheCases()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Ids("tensor").Count(), Is.GreaterThanOrEqualTo(355));
            Assert.That(Ids("error").Count(), Is.GreaterThanOrEqualTo(9));
            Assert.That(GoldenCase.All.Select(item => item.Expect).Distinct(StringComparer.Ordinal), Is.SubsetOf((string[])["tensor", "error", "non_finite", "finite", "wrong_shape"]));
            Assert.That(GoldenCase.All.Select(item => item.Method).Distinct(StringComparer.Ordinal), Is.EquivalentTo(MergeMethodRegistry.CreateDefault().Methods.Select(method => method.Name).Except(BeyondTheReference, StringComparer.Ordinal)));
        }
    }

    [TestCaseSource(nameof(Ids), new object[] { "tensor" })]
    public void Merge_InMemory_AgreesWithTheReference_OnAnyThreadsAndTiles(string id)
    {
        GoldenCase item = GoldenCase.Find(id);
        byte[]? first = null;
        foreach ((int threads, int tile) in Shapes)
        {
            byte[] bytes = MergeInMemory(item, Policy(item), threads, tile);
            if (first is null)
            {
                AssertAgrees(item, bytes, Differences.ById.TryGetValue(id, out Difference? difference) && difference.OtherValues);
            }

            first ??= bytes;
            Assert.That(bytes.AsSpan().SequenceEqual(first), $"other bytes with {threads} threads and tiles of {tile}");
        }
    }

    [TestCaseSource(nameof(FileIds))]
    public void Merge_OfFolders_GivesTheSameBytes(string id)
    {
        GoldenCase item = GoldenCase.Find(id);
        using TestFolder folder = new();
        Dictionary<string, TestModel> models = item.CreateModels();
        foreach ((string name, TestModel model) in models)
        {
            model.Write(folder[name], shards: 2);
            model.Dispose();
        }

        foreach ((int threads, int tile) in (ReadOnlySpan<(int, int)>)[(2, 61), (7, 65_536)])
        {
            using CpuDevice device = new(new CpuDeviceOptions { Threads = threads, TileElements = tile });
            new ModelMerger().Merge(item.Recipe(Policy(item), name => folder[name]), folder["out"], new MergeOptions { Device = device, Overwrite = true });

            using Checkpoint output = Checkpoint.Open(folder["out"]);
            Assert.That(
                TensorBytes.Read(output, item.Tensor).AsSpan().SequenceEqual(MergeInMemory(item, Policy(item), 1, 65_536)),
                $"other bytes from files with {threads} threads and tiles of {tile}");
        }
    }

    [TestCaseSource(nameof(Ids), new object[] { "wrong_shape" })]
    public void Merge_OfWhatTheReferenceGivesAnotherShape_IsTheBase_OnAnyThreadsAndTiles(string id)
    {
        GoldenCase item = GoldenCase.Find(id);
        Assert.That(Differences.ById[id].GivesBase);
        foreach ((int threads, int tile) in Shapes)
        {
            float[] actual = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(MergeInMemory(item, MismatchPolicy.Error, threads, tile)).ToArray();
            Assert.That(actual, Is.EqualTo(GoldenTensors.Inputs.Singles(item.Input(item.BaseModel!))));
        }
    }

    [TestCaseSource(nameof(Ids), new object[] { "error" })]
    [TestCaseSource(nameof(Ids), new object[] { "non_finite" })]
    public void Merge_OfWhatTheReferenceRefusesOrSpoils_IsRefusedOrDiffersOnPurpose(string id)
    {
        GoldenCase item = GoldenCase.Find(id);
        if (Differences.ById.TryGetValue(id, out Difference? difference) && difference.Problem is null)
        {
            byte[] bytes = MergeInMemory(item, MismatchPolicy.Error, 2, 61);
            Assert.That(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray(), Is.All.Matches<float>(float.IsFinite));
            return;
        }

        if (DataErrors.TryGetValue(id, out MergeDataError expected))
        {
            MergeDataException dataError = Assert.Throws<MergeDataException>(() => MergeInMemory(item, MismatchPolicy.Error, 2, 61))!;
            Assert.That(dataError.Error, Is.EqualTo(expected), dataError.Message);
            return;
        }

        MergePlanException error = Assert.Throws<MergePlanException>(() => MergeInMemory(item, MismatchPolicy.Error, 2, 61))!;
        Assert.That(error.Problems.Select(problem => problem.Kind), Does.Contain(difference?.Problem ?? Refusals[id]), error.Message);
    }

    [TestCaseSource(nameof(Ids), new object[] { "finite" })]
    public void Merge_OfWhatIsIllConditioned_IsFiniteAndOfModerateSize(string id)
    {
        GoldenCase item = GoldenCase.Find(id);
        float largest = item.Models.Max(model => GoldenTensors.Inputs.Singles(item.Input(model)).Max(MathF.Abs));

        byte[] bytes = MergeInMemory(item, Policy(item), 2, 61);

        Assert.That(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray(), Is.All.Matches<float>(value => MathF.Abs(value) <= 10 * largest));
    }

    [TestCaseSource(nameof(KeptIds))]
    public void Ties_KeepsAsManyElementsAsTheReference(string id)
    {
        GoldenCase item = GoldenCase.Find(id);
        float[] origin = GoldenTensors.Inputs.Singles(item.Input(item.BaseModel!));
        using (Assert.EnterMultipleScope())
        {
            foreach ((string model, int kept) in item.Kept)
            {
                // On a base of zeros the merge of one model is its trimmed task vector itself.
                float[] delta = [.. GoldenTensors.Inputs.Singles(item.Input(model)).Zip(origin, (value, from) => value - from)];
                using TestModel zero = new TestModel().Add("w", new float[delta.Length]);
                using TestModel task = new TestModel().Add("w", delta);
                MergeRecipe recipe = MergeRecipe.With("ties").Base("zero").Model("task", weight: 1, density: item.Number("density", model) ?? 1).Build();
                using MergedModel output = Merge(recipe, 2, 61, ("zero", zero), ("task", task));
                float[] trimmed = TensorBytes.Singles(output, "w");

                // Zeros are the last to be selected, and cannot be told from what was dropped.
                Assert.That(trimmed.Count(value => value != 0), Is.EqualTo(Math.Min(kept, delta.Count(value => value != 0))), model);
                Assert.That(trimmed.Zip(delta).Where(pair => pair.First != 0).All(pair => pair.First == pair.Second), $"{model} is changed, not only trimmed");
            }
        }
    }

    private static readonly Dictionary<string, PlanProblemKind> Refusals = new(StringComparer.Ordinal)
    {
        ["019_linear_f32_vocab_notembed"] = PlanProblemKind.ShapeMismatch,
        ["021_linear_f32_2d_missing"] = PlanProblemKind.MissingParameter,
        ["047_slerp_f32_2d_three"] = PlanProblemKind.ModelCount,
        ["048_slerp_f32_2d_nobase"] = PlanProblemKind.ModelCount,
        ["085_nuslerp_f32_2d_three"] = PlanProblemKind.ModelCount,
        ["275_model_stock_f32_2d_toofew"] = PlanProblemKind.ModelCount,
        ["293_nearswap_f32_2d_three"] = PlanProblemKind.ModelCount,
        ["151_task_arithmetic_f32_2d_nobase"] = PlanProblemKind.MissingTensor,
        ["154_task_arithmetic_f32_vocab_smaller"] = PlanProblemKind.ShapeMismatch,
        ["179_ties_f32_2d_d0"] = PlanProblemKind.ParameterValue,
        ["224_della_f32_2d_badeps"] = PlanProblemKind.MethodRule,
        ["381_passthrough_f32_2d_two"] = PlanProblemKind.ModelCount,
    };

    private static readonly Dictionary<string, MergeDataError> DataErrors = new(StringComparer.Ordinal)
    {
        ["109_multislerp_f32_anti_three"] = MergeDataError.DirectionsCancel,
    };

    /// <summary>Merges the case's tensor in memory and returns its bytes.</summary>
    internal static byte[] MergeInMemory(GoldenCase item, MismatchPolicy onMismatch, int threads, int tile)
    {
        Dictionary<string, TestModel> models = item.CreateModels();
        try
        {
            using MergedModel output = Merge(item.Recipe(onMismatch), threads, tile, [.. models.Select(model => (model.Key, model.Value))]);
            return TensorBytes.Read(output, item.Tensor);
        }
        finally
        {
            foreach (TestModel model in models.Values)
            {
                model.Dispose();
            }
        }
    }

    /// <summary>Tells how the case has to be run for the reference's result: what it skips in silence is skipped here on request.</summary>
    internal static MismatchPolicy Policy(GoldenCase item) =>
        Differences.ById.TryGetValue(item.Id, out Difference? difference) && difference.SameWithSkip ? MismatchPolicy.Skip : MismatchPolicy.Error;

    private static MergedModel Merge(MergeRecipe recipe, int threads, int tile, params (string Name, TestModel Model)[] models)
    {
        MemoryModelResolver resolver = new(models.Select(model => KeyValuePair.Create<string, TensorSet>(model.Name, model.Model.ToSet())));
        using CpuDevice device = new(new CpuDeviceOptions { Threads = threads, TileElements = tile });
        ModelMerger merger = new(resolver);
        using MergePlan plan = merger.Plan(recipe);
        return merger.MergeInMemory(plan, new MergeOptions { Device = device });
    }

    private static void AssertAgrees(GoldenCase item, byte[] bytes, bool isOther)
    {
        float[] actual = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        double[] expected = Differences.ById.TryGetValue(item.Id, out Difference? difference) && difference.Definition is { } definition
            ? definition(item)
            : [.. item.Expected().Select(value => (double)value)];
        bool[] excluded = item.Excluded(expected.Length);
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        float[][] inputs = [.. item.Models.Select(model => GoldenTensors.Inputs.Singles(item.Input(model)))];
        List<string> wrong = [];
        for (int i = 0; i < actual.Length; i++)
        {
            double scale = Math.Abs(expected[i]);
            foreach (float[] input in inputs)
            {
                // Where a vocabulary is cut, C order keeps the leading elements in place.
                scale = i < input.Length ? Math.Max(scale, Math.Abs((double)input[i])) : scale;
            }

            if (!excluded[i] && !(Math.Abs((double)actual[i] - expected[i]) <= item.Tolerance * scale))
            {
                wrong.Add($"[{i}] is {actual[i]:R}, not {expected[i]:R}");
            }
        }

        if (isOther)
        {
            Assert.That(wrong, Is.Not.Empty, "the values are the reference's: take the case off the list");
            Assert.That(actual, Is.All.Matches<float>(float.IsFinite));
            return;
        }

        Assert.That(wrong, Is.Empty, $"{wrong.Count} of {actual.Length} elements differ: {string.Join("; ", wrong.Take(3))}");
    }
}

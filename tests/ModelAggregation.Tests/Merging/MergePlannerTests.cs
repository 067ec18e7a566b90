using System.Text.Json.Nodes;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Merging;

public sealed class MergePlannerTests
{
    [Test]
    public void Plan_OrdersTensors_LayersByNumber()
    {
        using MergePlan plan = Plan(MergeRecipe.With("linear").Model("a", weight: 1).Build(), ("a", FakeModel.Llama(layers: 12)));

        string[] layers = [.. plan.Tensors.Select(tensor => tensor.Name.Split('.')).Where(parts => parts[1] is "layers").Select(parts => parts[2]).Distinct(StringComparer.Ordinal)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Tensors[0].Name, Is.EqualTo("model.embed_tokens.weight"));
            Assert.That(layers, Is.EqualTo(Enumerable.Range(0, 12).Select(layer => $"{layer}")));
            Assert.That(plan.Tensors.TakeLast(2).Select(tensor => tensor.Name), Is.EqualTo((string[])["lm_head.weight", "model.norm.weight"]));
        }
    }

    [Test]
    public void Plan_OpensEachModelOnce_AndOwnsIt()
    {
        FakeModel a = FakeModel.Llama(layers: 4);
        FakeResolver resolver = new(("a", a));
        MergeRecipe recipe = MergeRecipe.With("linear").Base("a").Parameter("weight", 1)
            .Slice(slice => slice.Layers("a", 0, 2)).Slice(slice => slice.Layers("a", 1, 3).Layers("a", 2, 4)).Build();

        MergePlan plan = new MergePlanner(resolver, MergeMethodRegistry.CreateDefault()).Plan(recipe);

        Assert.That(resolver.Opened, Is.EqualTo((string[])["a"]));
        Assert.That(a.IsDisposed, Is.False);
        plan.Dispose();
        Assert.That(a.IsDisposed);
    }

    [Test]
    public void Slices_TakeTheLastTensorsFromAllSourcesOfTheLastSlice()
    {
        // mergekit pairs them with the number of sources of the first slice and drops the rest.
        MergeRecipe recipe = MergeRecipe.With("linear").Parameter("weight", 1)
            .Slice(slice => slice.Layers("a", 0, 1)).Slice(slice => slice.Layers("b", 0, 1).Layers("c", 1, 2)).Build();

        using MergePlan plan = Plan(recipe, ("a", FakeModel.Llama()), ("b", FakeModel.Llama()), ("c", FakeModel.Llama()));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Models(plan, "model.norm.weight"), Is.EqualTo((string[])["b", "c"]));
            Assert.That(Models(plan, "model.embed_tokens.weight"), Is.EqualTo((string[])["a"]));
            Assert.That(Find(plan, "model.layers.1.mlp.up_proj.weight").Inputs.Select(input => input.TensorName),
                Is.EqualTo((string[])["model.layers.0.mlp.up_proj.weight", "model.layers.1.mlp.up_proj.weight"]));
        }
    }

    [Test]
    public void Base_ThatIsNotListed_JoinsLastWhereNeeded_AlsoInSlices()
    {
        MergeRecipe recipe = MergeRecipe.With("task_arithmetic").Base("base").Parameter("weight", 0.5)
            .Slice(slice => slice.Layers("a", 1, 3).Layers("b", 0, 2)).Build();

        using MergePlan plan = Plan(recipe, ("a", FakeModel.Llama(layers: 3)), ("b", FakeModel.Llama(layers: 3)), ("base", FakeModel.Llama(layers: 3)));

        PlannedTensor tensor = Find(plan, "model.layers.0.mlp.up_proj.weight");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tensor.Inputs.Select(input => (input.Model, input.TensorName)), Is.EqualTo(new[]
            {
                ("a", "model.layers.1.mlp.up_proj.weight"), ("b", "model.layers.0.mlp.up_proj.weight"), ("base", "model.layers.1.mlp.up_proj.weight"),
            }));
            Assert.That(tensor.BaseIndex, Is.EqualTo(2));
        }
    }

    [Test]
    public void Base_ThatIsNotListed_OnlyDonatesWhereNotNeeded_AndTheUserIsTold()
    {
        FakeModel donor = FakeModel.Llama();
        donor.Location = "/models/donor";
        MergeRecipe recipe = MergeRecipe.With("linear").Base("donor").Model("a", weight: 1).Model("b", weight: 1).Build();

        using MergePlan plan = Plan(recipe, ("a", FakeModel.Llama()), ("b", FakeModel.Llama()), ("donor", donor));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Models(plan, "model.norm.weight"), Is.EqualTo((string[])["a", "b"]));
            Assert.That(plan.Tensors.Select(tensor => tensor.BaseIndex), Is.All.EqualTo(-1));
            Assert.That(plan.TokenizerFolder, Is.EqualTo("/models/donor"));
            Assert.That(plan.Warnings.Single(), Does.StartWith("Base model 'donor' is not among the models"));
        }
    }

    [Test]
    public void Vocabularies_AreCutToCommonRows_WithoutABase()
    {
        using MergePlan plan = Plan(
            MergeRecipe.With("linear").Model("big", weight: 1).Model("small", weight: 1).Build(),
            ("big", FakeModel.Llama(vocabulary: 40)), ("small", FakeModel.Llama(vocabulary: 32)));

        PlannedTensor embedding = Find(plan, "model.embed_tokens.weight");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(embedding.Output.Shape, Is.EqualTo(new TensorShape(32, 8)));
            Assert.That(embedding.Inputs.Select(input => input.Source.Shape), Is.All.EqualTo(new TensorShape(32, 8)));
            Assert.That(plan.Config!["vocab_size"]!.GetValue<long>(), Is.EqualTo(32));
            Assert.That(plan.Warnings, Is.EqualTo((string[])
            [
                "Vocabularies differ: of 40 rows in model 'big' only the first 32 are merged for tensors 'model.embed_tokens.weight' and 'lm_head.weight'.",
            ]));
        }
    }

    [Test]
    public void Vocabularies_AreCutToTheBasesRows_WhereTheMethodKeepsThem()
    {
        using MergePlan plan = Plan(
            MergeRecipe.With("ties").Base("base").Model("big", weight: 1).Build(), ("big", FakeModel.Llama(vocabulary: 40)), ("base", FakeModel.Llama()));

        Assert.That(Find(plan, "lm_head.weight").Output.Shape, Is.EqualTo(new TensorShape(32, 8)));
    }

    [Test]
    public void LeadingRows_ReadOnlyTheirRows()
    {
        using HostTensor tensor = HostTensor.FromSingles([1, 2, 3, 4, 5, 6], new TensorShape(3, 2));
        LeadingRowsProbe probe = new(tensor.Source);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(probe.Rows.Shape, Is.EqualTo(new TensorShape(2, 2)));
            Assert.That(probe.Read(1, 3), Is.EqualTo((float[])[2, 3, 4]));
            Assert.That(() => probe.Read(2, 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => probe.Rows.TryGetSpan(0, 5, out _), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(probe.Rows.TryGetSpan(2, 2, out ReadOnlySpan<byte> span) ? span.Length : 0, Is.EqualTo(8));
        }
    }

    [Test]
    public void Skip_LeavesAModelOutOfATensor_AndWarns()
    {
        FakeModel bent = FakeModel.Llama().Add("model.norm.weight", DataType.BF16, 9).Remove("model.layers.0.mlp.up_proj.weight");
        MergeRecipe recipe = MergeRecipe.With("ties").Base("a").Model("a").Model("bent").Parameter("weight", 1).OnMismatch(MismatchPolicy.Skip).Build();

        using MergePlan plan = Plan(recipe, ("a", FakeModel.Llama()), ("bent", bent));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Models(plan, "model.norm.weight"), Is.EqualTo((string[])["a"]));
            Assert.That(Models(plan, "model.layers.0.mlp.up_proj.weight"), Is.EqualTo((string[])["a"]));
            Assert.That(Models(plan, "lm_head.weight"), Is.EqualTo((string[])["a", "bent"]));
            Assert.That(plan.Warnings.Single(), Is.EqualTo(
                "Model 'bent' is left out of tensors 'model.layers.0.mlp.up_proj.weight' and 'model.norm.weight': missing there, or of another shape."));
        }
    }

    [Test]
    public void IntegerTensors_AreCopiedFromTheBase()
    {
        FakeModel With(DataType type) => FakeModel.Llama(layers: 1, type: type).Add("model.position_ids", DataType.I64, 1, 16);
        MergeRecipe recipe = MergeRecipe.With("ties").Base("base").Model("a", weight: 1).OutputType(DataType.F32).IntegerTensors(IntegerPolicy.Copy).Build();

        using MergePlan plan = Plan(recipe, ("a", With(DataType.BF16)), ("base", With(DataType.BF16)));

        PlannedTensor ids = Find(plan, "model.position_ids");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((ids.IsCopied, ids.BaseIndex, ids.Output.DataType), Is.EqualTo((true, 0, DataType.I64)));
            Assert.That(ids.Inputs.Select(input => input.Model), Is.EqualTo((string[])["base", "a"]));
            Assert.That(plan.Tensors.Where(tensor => !tensor.IsCopied).Select(tensor => tensor.Output.DataType), Is.All.EqualTo(DataType.F32));
            Assert.That(plan.Config!["torch_dtype"]!.GetValue<string>(), Is.EqualTo("float32"));
        }
    }

    [TestCase(DataType.F16, DataType.F16, null, null, DataType.F16)]
    [TestCase(DataType.F16, DataType.BF16, null, null, DataType.F32)]
    [TestCase(DataType.F8E4M3, DataType.F8E4M3, null, null, DataType.BF16)]
    [TestCase(DataType.F16, DataType.F16, DataType.F32, null, DataType.F32)]
    [TestCase(DataType.F16, DataType.F16, DataType.F32, DataType.BF16, DataType.BF16)]
    public void OutputType_IsTheRecipes_OrTheInputsCommonOne(DataType first, DataType second, DataType? type, DataType? outputType, DataType expected)
    {
        MergeRecipe recipe = MergeRecipe.With("linear").Model("a", weight: 1).Model("b", weight: 1).Build() with { DataType = type, OutputDataType = outputType };

        using MergePlan plan = Plan(recipe, ("a", FakeModel.Llama(type: first)), ("b", FakeModel.Llama(type: second)));

        Assert.That(plan.Tensors.Select(tensor => tensor.Output.DataType), Is.All.EqualTo(expected));
    }

    [Test]
    public void OutputType_IsTheBases_WhenThereIsOne()
    {
        using MergePlan plan = Plan(
            MergeRecipe.With("ties").Base("b").Model("a", weight: 1).Build(), ("a", FakeModel.Llama(type: DataType.F32)), ("b", FakeModel.Llama(type: DataType.F16)));

        Assert.That(plan.Tensors.Select(tensor => tensor.Output.DataType), Is.All.EqualTo(DataType.F16));
    }

    [Test]
    public void Config_IsBroughtUpToDate_UnknownKeysSurvive()
    {
        FakeModel Mixed(string kind, int layers)
        {
            FakeModel model = FakeModel.Llama(layers);
            model.Document!["layer_types"] = new JsonArray([.. Enumerable.Range(0, layers).Select(layer => JsonValue.Create($"{kind}{layer}"))]);
            model.Document["quantization_config"] = new JsonObject();
            model.Document["dtype"] = "bfloat16";
            model.Document["unknown"] = 7;
            return model;
        }

        MergeRecipe recipe = MergeRecipe.With("passthrough").OutputType(DataType.F16)
            .Slice(slice => slice.Layers("a", 1, 3)).Slice(slice => slice.Layers("b", 0, 2)).Build();

        using MergePlan plan = Plan(recipe, ("a", Mixed("a", 3)), ("b", Mixed("b", 2)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Config!["layer_types"]!.ToJsonString(), Is.EqualTo("""["a1","a2","b0","b1"]"""));
            Assert.That(plan.Config["num_hidden_layers"]!.GetValue<int>(), Is.EqualTo(4));
            Assert.That(plan.Config["quantization_config"], Is.Null);
            Assert.That(plan.Config["dtype"]!.GetValue<string>(), Is.EqualTo("float16"));
            Assert.That(plan.Config["torch_dtype"]!.GetValue<string>(), Is.EqualTo("float16"));
            Assert.That(plan.Config["unknown"]!.GetValue<int>(), Is.EqualTo(7));
        }
    }

    [Test]
    public void TiedHeads_AreUntiedOnceOneModelHasAHeadOfItsOwn()
    {
        MergeRecipe recipe = MergeRecipe.With("linear").Model("tied", weight: 1).Model("own", weight: 1).Build();

        using MergePlan plan = Plan(recipe, ("tied", FakeModel.Llama(hasHead: false)), ("own", FakeModel.Llama()));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Find(plan, "lm_head.weight").Inputs[0].TensorName, Is.EqualTo("model.embed_tokens.weight"));
            Assert.That(plan.Config!["tie_word_embeddings"]!.GetValue<bool>(), Is.False);
        }
    }

    [Test]
    public void HeadsThatAreNotWritten_AreTied()
    {
        // The configuration is of the first model, which has a head; the last slice's model has none.
        MergeRecipe recipe = MergeRecipe.With("passthrough").Slice(slice => slice.Layers("own", 0, 1)).Slice(slice => slice.Layers("tied", 1, 2)).Build();

        using MergePlan plan = Plan(recipe, ("tied", FakeModel.Llama(hasHead: false)), ("own", FakeModel.Llama()));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Tensors.Select(tensor => tensor.Name), Does.Not.Contain("lm_head.weight"));
            Assert.That(plan.Config!["tie_word_embeddings"]!.GetValue<bool>(), Is.True);
        }
    }

    [Test]
    public void Models_ThatAreBuiltDifferently_AreWarnedOf()
    {
        FakeModel other = FakeModel.Llama();
        other.Document!["rope_theta"] = 500_000;
        FakeModel first = FakeModel.Llama();
        first.Document!["rope_theta"] = 10_000;

        using MergePlan plan = Plan(MergeRecipe.With("linear").Model("a", weight: 1).Model("b", weight: 1).Build(), ("a", first), ("b", other));

        Assert.That(plan.Warnings.Single(), Is.EqualTo("Model 'b' is built differently from 'a', whose config.json is kept: rope_theta 500000 (not 10000)."));
    }

    [Test]
    public void Filters_ThatFitNoTensor_AreWarnedOf()
    {
        MergeRecipe recipe = MergeRecipe.With("linear").Model("a", model => model.Parameter("weight", ("mpl", 0.5), ("mlp", 0.5), ("*", 1))).Build();

        using MergePlan plan = Plan(recipe, ("a", FakeModel.Llama()));

        Assert.That(plan.Warnings.Single(), Is.EqualTo("Parameter 'weight': the filter 'mpl' fits no tensor's name."));
    }

    [Test]
    public void Gradients_RunOverTheSlice_AndStandAtTheStartOutsideTheLayers()
    {
        MergeRecipe recipe = MergeRecipe.With("linear")
            .Slice(slice => slice.Layers("a", 0, 3).Parameter("weight", [0, 1])).Slice(slice => slice.Layers("a", 3, 4).Parameter("weight", [0.25, 0.75])).Parameter("normalize", false).Build();

        using MergePlan plan = Plan(recipe, ("a", FakeModel.Llama(layers: 4)));

        double Weight(string name) => Find(plan, name).Inputs[0].Parameters.Number("weight");
        Assert.That(
            (double[])[Weight("model.embed_tokens.weight"), .. Enumerable.Range(0, 4).Select(layer => Weight($"model.layers.{layer}.mlp.up_proj.weight")), Weight("model.norm.weight")],
            Is.EqualTo((double[])[0, 0, 0.5, 1, 0.75, 0.25]));
    }

    [Test]
    public void Numbers_OutsideTheLayers_AreNoLayers()
    {
        FakeModel model = FakeModel.Llama(layers: 3)
            .Add("vision.blocks.0.weight", DataType.BF16, 4).Add("vision.blocks.1.weight", DataType.BF16, 4)
            .Add("model.layers.3.mtp.weight", DataType.BF16, 4);

        using MergePlan whole = Plan(MergeRecipe.With("linear").Model("a", weight: 1).Build(), ("a", model));
        using MergePlan part = Plan(MergeRecipe.With("passthrough").Slice(slice => slice.Layers("a", 0, 2)).Build(), ("a", model));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(whole.LayerCount, Is.EqualTo(3));
            Assert.That(whole.Tensors, Has.Count.EqualTo(model.Names.Count));
            Assert.That(part.Tensors.Select(tensor => tensor.Name), Does.Contain("vision.blocks.1.weight").And.Not.Contain("model.layers.3.mtp.weight"));
            Assert.That(part.Warnings.Single(), Does.StartWith("Not written, because the number of layers changes: tensor 'model.layers.3.mtp.weight'"));
        }
    }

    [TestCase("h.{0}.attn.weight", "wte.weight", "ln_f.weight")]
    [TestCase("encoder.layer.{0}.output.dense.weight", "embeddings.word_embeddings.weight", "pooler.dense.weight")]
    [TestCase("gpt_neox.layers.{0}.mlp.weight", "gpt_neox.embed_in.weight", "embed_out.weight")]
    public void OtherArchitectures_ArePlannedByTheirNames(string layer, string before, string after)
    {
        FakeModel model = new();
        for (int index = 0; index < 3; index++)
        {
            model.Add(string.Format(System.Globalization.CultureInfo.InvariantCulture, layer, index), DataType.F32, 2, 2);
        }

        model.Add(after, DataType.F32, 4, 2).Add(before, DataType.F32, 4, 2);

        using MergePlan plan = Plan(MergeRecipe.With("passthrough").Slice(s => s.Layers("a", 2, 3)).Slice(s => s.Layers("a", 0, 1)).Build(), ("a", model));

        Assert.That(plan.Tensors.Select(tensor => (tensor.Name, tensor.Inputs[0].TensorName)), Is.EqualTo(new[]
        {
            (before, before),
            (layer.Replace("{0}", "0", StringComparison.Ordinal), layer.Replace("{0}", "2", StringComparison.Ordinal)),
            (layer.Replace("{0}", "1", StringComparison.Ordinal), layer.Replace("{0}", "0", StringComparison.Ordinal)),
            (after, after),
        }));
    }

    [Test]
    public void Names_AndConfiguration_ThatDisagree_FollowTheNames()
    {
        FakeModel model = FakeModel.Llama(layers: 2);
        model.Document!["num_hidden_layers"] = 5;

        using MergePlan plan = Plan(MergeRecipe.With("linear").Model("a", weight: 1).Build(), ("a", model));

        Assert.That(plan.LayerCount, Is.EqualTo(2));
        Assert.That(plan.Warnings.Single(), Is.EqualTo("Model 'a': config.json counts 5 layers, the tensors' names 2; the names are followed."));
    }

    [Test]
    public void DerivedBuffers_ThatSomeModelsLack_AreLeftOut()
    {
        FakeModel old = FakeModel.Llama(layers: 1).Add("model.layers.0.self_attn.rotary_emb.inv_freq", DataType.F32, 4);

        using MergePlan plan = Plan(MergeRecipe.With("linear").Model("a", weight: 1).Model("b", weight: 1).Build(), ("a", old), ("b", FakeModel.Llama(layers: 1)));

        Assert.That(plan.Tensors.Select(tensor => tensor.Name), Has.None.Contains("inv_freq"));
        Assert.That(plan.Warnings.Single(), Does.Contain("inv_freq"));
    }

    [Test]
    public void ZeroAndOne_AreTruthValuesToo()
    {
        using MergePlan plan = Plan(MergeRecipe.Parse("merge_method: linear\nmodels: [{model: a}]\nparameters: {weight: 1, normalize: 0}"), ("a", FakeModel.Llama()));

        Assert.That(plan.Tensors[0].Parameters.Flag("normalize"), Is.False);
    }

    private static MergePlan Plan(MergeRecipe recipe, params (string Name, FakeModel Model)[] models) =>
        new MergePlanner(new FakeResolver(models), MergeMethodRegistry.CreateDefault()).Plan(recipe);

    private static PlannedTensor Find(MergePlan plan, string name) => plan.Tensors.Single(tensor => string.Equals(tensor.Name, name, StringComparison.Ordinal));

    private static IEnumerable<string> Models(MergePlan plan, string name) => Find(plan, name).Inputs.Select(input => input.Model);

    /// <summary>The rows that a plan cuts a matrix to, by way of a plan: the source itself is internal.</summary>
    private sealed class LeadingRowsProbe
    {
        public LeadingRowsProbe(TensorSource source)
        {
            using MergePlan plan = Plan(
                MergeRecipe.With("linear").Model("a", weight: 1).Model("b", weight: 1).Build(),
                ("a", new FakeModel().Add("wte.weight", source)), ("b", new FakeModel().Add("wte.weight", DataType.F32, 2, 2)));
            Rows = plan.Tensors.Single().Inputs[0].Source;
        }

        public TensorSource Rows { get; }

        public float[] Read(long start, int count)
        {
            float[] values = new float[count];
            Rows.Read(start, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }
    }
}

using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Merging;

public sealed class MergePlanTests
{
    [Test]
    public void Estimates_CountBytes()
    {
        FakeModel Small() => new FakeModel().Add("w", DataType.BF16, 10).Add("ids", DataType.I64, 3);
        using MergePlan plan = Plan(
            MergeRecipe.With("ties").Base("b").Model("a", weight: 1).OutputType(DataType.F32).IntegerTensors(IntegerPolicy.Copy).Build(), ("a", Small()), ("b", Small()));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.InputBytes, Is.EqualTo(2 * ((10 * 2) + (3 * 8))));
            Assert.That(plan.ReadBytes, Is.EqualTo((2 * 2 * 10 * 2) + (2 * 3 * 8)), "ties reads twice, copies once");
            Assert.That(plan.OutputBytes, Is.EqualTo((10 * 4) + (3 * 8)));
            Assert.That(plan.ParameterCount, Is.EqualTo(13));
        }
    }

    [Test]
    public void Hash_IsTheSameOnEveryMachine()
    {
        string here = Hash("/home/one/models/a", "/home/one/models/b", DateTimeOffset.UnixEpoch);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(here, Has.Length.EqualTo(64));
            Assert.That(Hash("/srv/a", @"D:\zoo\b", DateTimeOffset.MaxValue), Is.EqualTo(here));
            Assert.That(Hash("/srv/b", "/srv/a", DateTimeOffset.UnixEpoch), Is.Not.EqualTo(here));
        }
    }

    [Test]
    public void Hash_ChangesWithWhatDecidesTheOutput()
    {
        MergeRecipe recipe = MergeRecipe.With("linear").Model("a", weight: 1).Build();
        FakeModel Model(long length, string header)
        {
            FakeModel model = FakeModel.Llama();
            model.Identities = [new FileIdentity("model.safetensors", length, header, DateTimeOffset.UnixEpoch)];
            return model;
        }

        string hash = Hash(recipe, Model(1, "00"));

        string[] others =
        [
            Hash(recipe with { Seed = 1 }, Model(1, "00")),
            Hash(recipe with { OutputDataType = DataType.F16 }, Model(1, "00")),
            Hash(recipe, Model(2, "00")),
            Hash(recipe, Model(1, "01")),
            Hash(recipe, FakeModel.Llama()),
            Hash(recipe, FakeModel.Llama().Add("extra", DataType.F32, 1)),
        ];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Hash(recipe, Model(1, "00")), Is.EqualTo(hash));
            Assert.That(others.Append(hash), Is.Unique);
        }

        static string Hash(MergeRecipe recipe, FakeModel model)
        {
            using MergePlan plan = Plan(recipe, ("a", model));
            return plan.Hash;
        }
    }

    [Test]
    public void Names_OfModelsWithTheSameLastPart_Differ()
    {
        using MergePlan plan = Plan(
            MergeRecipe.With("linear").Model("/x/m", weight: 1).Model("/y/m", weight: 1).Model("org/m", weight: 1).Build(),
            ("/x/m", FakeModel.Llama()), ("/y/m", FakeModel.Llama()), ("org/m", FakeModel.Llama()));

        Assert.That(plan.Models.Select(model => (model.Reference, model.Name)), Is.EqualTo(new[] { ("/x/m", "m"), ("/y/m", "m#2"), ("org/m", "org/m") }));
        Assert.That(plan.Tensors[0].Inputs.Select(input => input.Model), Is.EqualTo((string[])["m", "m#2", "org/m"]));
    }

    [Test]
    public void Describe_ReadsLikeThis()
    {
        using MergePlan plan = Plan(
            MergeRecipe.With("ties").Base("base").Model("a", weight: 0.5, density: 0.4).Parameter("lambda", 0.8).Build(),
            ("a", FakeModel.Llama(layers: 1, hasHead: false)), ("base", FakeModel.Llama(layers: 1)));

        Assert.That(plan.Describe(3), Is.EqualTo($"""
            ties: 12 tensors in 1 layers, 1,176 parameters, BF16
            reads 9.41 kB, writes 2.35 kB
            hash {plan.Hash}
            models
              a: 11 tensors in 1 layers
              base (base): 12 tensors in 1 layers
            model.embed_tokens.weight BF16 [32, 8] divisor=weights int8_mask=false lambda=0.8 normalize=true rescale=false sign=weighted tie_break=spread
              a density=0.4 weight=0.5
              base (base) density=1
            model.layers.0.input_layernorm.weight BF16 [8] divisor=weights int8_mask=false lambda=0.8 normalize=true rescale=false sign=weighted tie_break=spread
              a density=0.4 weight=0.5
              base (base) density=1
            model.layers.0.mlp.down_proj.weight BF16 [8, 16] divisor=weights int8_mask=false lambda=0.8 normalize=true rescale=false sign=weighted tie_break=spread
              a density=0.4 weight=0.5
              base (base) density=1
            and 9 more tensors

            """));
        Assert.That(plan.ToString(), Does.Not.Contain("down_proj"));
    }

    [Test, CancelAfter(60_000)]
    public void Plan_OfALargeModel_SharesWhatIsEqual()
    {
        (string, FakeModel)[] models = [("base", FakeModel.Llama(layers: 80)), ("a", FakeModel.Llama(layers: 80)), ("b", FakeModel.Llama(layers: 80))];
        MergeRecipe recipe = MergeRecipe.With("ties").Base("base").Model("a", weight: 0.5, density: 0.4)
            .Model("b", model => model.Parameter("weight", ("mlp", 0.3), ("*", 0.7))).Build();
        Plan(recipe, models).Dispose();

        long before = GC.GetAllocatedBytesForCurrentThread();
        using MergePlan plan = new MergePlanner(new FakeResolver(models), MergeMethodRegistry.CreateDefault()).Plan(recipe);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Tensors, Has.Count.EqualTo((80 * 9) + 3));
            Assert.That(plan.Tensors.Select(tensor => tensor.Parameters).Distinct(ReferenceEqualityComparer.Instance).Count(), Is.EqualTo(1));
            Assert.That(plan.Tensors.SelectMany(tensor => tensor.Inputs).Select(input => input.Parameters).Distinct(ReferenceEqualityComparer.Instance).Count(), Is.EqualTo(4));
            Assert.That(allocated, Is.LessThan(plan.Tensors.Count * 10_000), "bytes for each tensor of three inputs");
        }
    }

    [Test]
    public void Plan_ThatIsCancelled_ClosesItsModels()
    {
        using CancellationTokenSource source = new();
        FakeModel model = FakeModel.Llama();
        MergeMethodRegistry methods = new MergeMethodRegistry().Add(new FakeMethod("cancelling", []) { Rule = Cancel });

        Assert.That(
            () => new MergePlanner(new FakeResolver(("a", model)), methods).Plan(MergeRecipe.With("cancelling").Model("a").Build(), source.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(model.IsDisposed);

        IEnumerable<string> Cancel(PlannedTensor tensor)
        {
            source.Cancel();
            return [];
        }
    }

    private static string Hash(string first, string second, DateTimeOffset written)
    {
        FakeModel Model(string header)
        {
            FakeModel model = FakeModel.Llama();
            model.Identities = [new FileIdentity("model.safetensors", 7, header, written)];
            return model;
        }

        using MergePlan plan = Plan(MergeRecipe.With("linear").Model(first, weight: 1).Model(second, weight: 1).Build(), (first, Model("0a")), (second, Model("0b")));
        return plan.Hash;
    }

    private static MergePlan Plan(MergeRecipe recipe, params (string Name, FakeModel Model)[] models) =>
        new MergePlanner(new FakeResolver(models), MergeMethodRegistry.CreateDefault()).Plan(recipe);
}

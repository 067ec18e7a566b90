using ModelAggregation.Glue;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Tests.Search;
using ModelSdk.Testing;
using ModelTensors;

namespace ModelAggregation.Tests.Glue;

/// <summary>What an earlier run has found is used again only where nothing that decided it has changed.</summary>
public sealed class GlueChangeTests
{
    [Test]
    public async Task AModelThatNoMergeKeeps_TrainedAnew_IsScoredAnew()
    {
        using GlueRig rig = new();
        GlueResult before = await rig.Glue.RunAsync(rig.Recipe);
        rig.Write("a-bad", [9, 9, 3, 3]);

        GlueResult after = await rig.Glue.RunAsync(rig.Recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(after.Families[0].Dropped, Is.EqualTo((string[])["a-bad"]));
            Assert.That(after.Families[0].Winner, Is.EqualTo(before.Families[0].Winner));
            Assert.That(Single(after).Proxy.Merit, Is.EqualTo(-(64 + 64 + 4 + 4) / 4.0));
            Assert.That(Single(after).HoldOut.Merit, Is.Not.EqualTo(Single(before).HoldOut.Merit));
        }

        static GlueModel Single(GlueResult result) => result.Models.Single(model => string.Equals(model.Name, "a-bad", StringComparison.Ordinal));
    }

    [Test]
    public async Task AMethodOfTheHosts_BuiltAnew_IsSearchedWithAnew()
    {
        using GlueRig rig = new();
        GlueResult before = await rig.Glue.RunAsync(rig.Recipe);
        MergeMethodRegistry methods = new MergeMethodRegistry().Add(new DoubledMean());
        foreach (MergeMethod method in MergeMethodRegistry.CreateDefault().Methods.Where(method => method.Name is not "linear"))
        {
            methods.Add(method);
        }

        GlueResult after = await new ModelGlue(rig.Services with { Methods = methods }).RunAsync(rig.Recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(after.StagesReused, Is.EqualTo(1), "the clusters");
            Assert.That(after.Families[0].Searches[0].Merits, Is.Not.EqualTo(before.Families[0].Searches[0].Merits));
        }
    }

    [Test]
    public async Task AVocabularyOfAModelOutsideTheZoo_IsAnInput()
    {
        using GlueRig rig = new();
        foreach (string model in Directory.GetDirectories(rig.Folder["zoo"]))
        {
            TestTokenizer.Of("x", "y").Write(model);
        }

        using (TestModel words = new TestModel().Add("model.embed_tokens.weight", DataType.F32, [2, 1], 1, 2))
        {
            words.Write(rig.Folder["words"]);
        }

        TestTokenizer.Of("y", "x").Write(rig.Folder["words"]);
        GlueRecipe recipe = rig.Recipe with { TokenizerSource = rig.Folder["words"] };

        GlueResult first = await rig.Glue.RunAsync(recipe);
        GlueResult second = await rig.Glue.RunAsync(recipe);
        TestTokenizer.Of("x", "y").Write(rig.Folder["words"]);
        GlueResult third = await rig.Glue.RunAsync(recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.Exists(rig.Folder["out", "merged", first.Families[0].Name, "tokenizer.json"]));
            Assert.That((second.StagesRun, second.Evaluated), Is.EqualTo((0, 0)));
            Assert.That(third.Evaluated, Is.EqualTo(first.Evaluated), "an evaluator may read the words");
        }
    }

    private sealed class DoubledMean : MergeMethod
    {
        private static readonly MergeParameter Weight = new("weight", ParameterKind.Number) { PerModel = true, Summary = "The weight of a model." };

        public override string Name => "linear";

        public override string Summary => "Twice the mean.";

        public override IReadOnlyList<MergeParameter> Parameters => [Weight];

        public override void Merge(TensorMerge merge)
        {
            double[] weights = [.. merge.Inputs.Select(input => input.Parameters.Number(Weight.Name))];
            merge.Map((tile, output) =>
            {
                for (int i = 0; i < tile.Count; i++)
                {
                    double sum = 0;
                    for (int model = 0; model < weights.Length; model++)
                    {
                        sum += weights[model] * tile[model][i];
                    }

                    output[i] = (float)(2 * sum / weights.Sum());
                }
            });
        }
    }
}

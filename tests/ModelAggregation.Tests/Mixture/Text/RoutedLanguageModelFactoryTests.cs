using ModelAggregation.Evaluation;
using ModelAggregation.Mixture.Routers;
using ModelAggregation.Mixture.Text;

namespace ModelAggregation.Tests.Mixture.Text;

public sealed class RoutedLanguageModelFactoryTests
{
    [Test]
    public async Task RoutedFolder_OpensAsARoutedModel_WithItsModelsWhenTheyAreNeeded()
    {
        using RoutedRig rig = new();
        RoutedModelFolder.Save(rig.Model, rig.Folder);
        RoutedLanguageModelFactory factory = new(rig, rig);
        await using (ILanguageModel model = await factory.OpenAsync(ModelCandidate.FromFolder(rig.Folder)))
        {
            IReadOnlyList<LogLikelihood> likelihoods = await model.LogLikelihoodAsync([new("b", "x"), new("b", "y")]);
            TextRoutingStatistics statistics = ((RoutedLanguageModel)model).Statistics;
            using (Assert.EnterMultipleScope())
            {
                Assert.That(likelihoods, Has.Count.EqualTo(2));
                Assert.That(rig.Opened, Is.EqualTo((string[])["two"]));
                Assert.That(statistics.Experts.Select(expert => (expert.Name, expert.Texts)), Is.EqualTo(new[] { ("one", 0L), ("two", 1L) }));
            }

            await model.GenerateAsync([new GenerationRequest("a") { MaxTokens = 2 }]);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(rig.Opened, Is.EqualTo((string[])["two", "one"]));
            Assert.That(rig.Sources.Select(source => source.Disposals), Is.EqualTo((int[])[1]));
            Assert.That(factory.Id, Is.EqualTo("routed-rig-rig"));
        }
    }

    [Test]
    public async Task OtherFolders_PassThrough()
    {
        using RoutedRig rig = new();
        RoutedLanguageModelFactory factory = new(rig, rig);
        await using ILanguageModel model = await factory.OpenAsync(ModelCandidate.FromFolder(rig["models", "first"]));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(model, Is.Not.InstanceOf<RoutedLanguageModel>());
            Assert.That(rig.Opened, Is.EqualTo((string[])["first"]));
            Assert.That(rig.Sources, Is.Empty);
        }
    }

    [Test]
    public async Task ChangedModel_IsNotRun_UnlessAskedFor()
    {
        using RoutedRig rig = new();
        RoutedModelFolder.Save(rig.Model, rig.Folder);
        await File.WriteAllTextAsync(rig["models", "second", "config.json"], "{\"model_type\":\"changed\"}");
        await using ILanguageModel model = await new RoutedLanguageModelFactory(rig, rig).OpenAsync(ModelCandidate.FromFolder(rig.Folder));
        await using ILanguageModel trusting = await new RoutedLanguageModelFactory(rig, rig, new RoutedLanguageModelOptions { VerifiesModels = false }).OpenAsync(ModelCandidate.FromFolder(rig.Folder));

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await model.RollingLogLikelihoodAsync(["a"])), Has.Count.EqualTo(1));
            Assert.That((await Assert.ThrowsAsync<RoutedModelException>(async () => await model.RollingLogLikelihoodAsync(["b"])))!.Error, Is.EqualTo(RoutedModelError.ModelChanged));
            Assert.That((await trusting.RollingLogLikelihoodAsync(["b"])), Has.Count.EqualTo(1));
        }
    }

    [Test]
    public async Task SourceThatDoesNotFit_IsDisposed()
    {
        using RoutedRig rig = new();
        RoutedModel model = rig.Model;
        RoutedModelFolder.Save(model with { Router = model.Router with { Layer = 2 } }, rig.Folder);
        await Assert.ThrowsAsync<RouterException>(async () => await new RoutedLanguageModelFactory(rig, rig).OpenAsync(ModelCandidate.FromFolder(rig.Folder)));

        Assert.That(rig.Sources.Select(source => source.Disposals), Is.EqualTo((int[])[1]));
    }
}

using System.Text.Json;
using DataShapley.Clustering;
using DataShapley.Datasets;
using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Refinement;
using DataShapley.Results;
using DataShapley.Tests.Datasets;
using ModelSdk.Testing;
using ModelTensors.Devices.Cpu;

namespace DataShapley.Tests.Refinement;

public sealed class ShedPipelineTests
{
    private static readonly string[] Topics = ["bake bread flour oven yeast", "prove theorem lemma algebra ring", "kick football goal referee pitch"];

    [Test]
    public async Task Pipeline_OnTopics_KeepsTheOneThatIsWorthMost()
    {
        using Dataset dataset = await TopicsAsync();
        using TestFolder folder = new();
        using CpuDevice device = new();
        using HashedTfIdfEmbedder embedder = new();
        ShedPipeline pipeline = new(dataset, folder["run"], device, new ShedOptions
        {
            Clustering = new KMeansOptions { Clusters = 3, Seed = 1 },
            Valuation = new ValuationRecipe(new PermutationEstimator()) { Budget = 40 },
            Count = 5,
        });

        RecordClusters clusters = await pipeline.ClusterAsync(embedder);
        int[] topicOf = [.. clusters.Proxies.Select(proxy => proxy % 3)];
        ValuationResult values = await pipeline.ScoreAsync(Additive("topics", topicOf));
        IReadOnlyList<int> chosen = await pipeline.SampleAsync(clusters, values, folder["subset.jsonl"]);

        using Dataset subset = await Dataset.LoadAsync(folder["subset.jsonl"]);
        using JsonDocument manifest = JsonDocument.Parse(await File.ReadAllBytesAsync(pipeline.SelectionPath));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(topicOf, Is.EquivalentTo((int[])[0, 1, 2]));
            Assert.That(clusters.Labels.Select((label, record) => topicOf[label] == record % 3), Is.All.True);

            // Topic 1 is worth most; it has four records, and topic 2 gives the fifth.
            Assert.That(chosen.Select(record => record % 3), Is.EqualTo((int[])[1, 1, 1, 1, 2]));
            Assert.That(await DatasetText.WriteAsync(subset, 0, 1, 2, 3, 4), Is.EqualTo(await DatasetText.WriteAsync(dataset, [.. chosen])));
            Assert.That(manifest.RootElement.GetProperty("dataset").GetString(), Is.EqualTo(await dataset.FingerprintAsync()));
            Assert.That(manifest.RootElement.GetProperty("records").EnumerateArray().Select(record => record.GetInt32()), Is.EqualTo(chosen));
        }
    }

    [Test]
    public async Task Stages_DoneBefore_AreNotDoneAgain()
    {
        using Dataset dataset = await TopicsAsync();
        using TestFolder folder = new();
        using CpuDevice device = new();
        using HashedTfIdfEmbedder embedder = new();
        ShedOptions options = new() { Clustering = new KMeansOptions { Clusters = 3 }, Valuation = new ValuationRecipe(new GroupRemovalEstimator { GroupSize = 1 }) };
        RecordClusters first = await new ShedPipeline(dataset, folder.Path, device, options).ClusterAsync(embedder);
        ValuationResult values = await new ShedPipeline(dataset, folder.Path, device, options).ScoreAsync(Additive("a", [0, 1, 2]));

        ShedPipeline again = new(dataset, folder.Path, device, options with { Clustering = options.Clustering with { Threads = 1 } });
        RecordClusters second = await again.ClusterAsync(embedder);
        ValuationResult loaded = await again.ScoreAsync(new DelegateUtility("a", 3, _ => throw new AssertionException("Nothing is to be evaluated.")));
        ShedPipeline other = new(dataset, folder.Path, device, options with { Clustering = new KMeansOptions { Clusters = 2 } });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.Labels, Is.EqualTo(first.Labels));
            Assert.That(second.Distances, Is.EqualTo(first.Distances));
            Assert.That(second.Proxies, Is.EqualTo(first.Proxies));
            Assert.That(loaded.Values, Is.EqualTo(values.Values));
            Assert.That(() => other.ClusterAsync(embedder), Throws.TypeOf<RefinementException>().With.Property("Reason").EqualTo(RefinementError.OtherRun));
            Assert.That(() => again.ScoreAsync(Additive("b", [0, 1, 2])), Throws.TypeOf<RefinementException>().With.Property("Reason").EqualTo(RefinementError.OtherRun));
        }
    }

    [Test]
    public async Task Values_OfOtherClusters_AreRefused()
    {
        using Dataset dataset = await TopicsAsync();
        using TestFolder folder = new();
        using CpuDevice device = new();
        ShedPipeline pipeline = new(dataset, folder.Path, device);
        ValuationResult values = new([1, 2], [0, 0], [1, 1]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => pipeline.SampleAsync(new RecordClusters(new int[12], new double[12], [0]), values, folder["out"]),
                Throws.TypeOf<RefinementException>().With.Property("Reason").EqualTo(RefinementError.OtherClusters));
            Assert.That(
                () => pipeline.SampleAsync(new RecordClusters([0, 1], [0, 0], [0, 1]), values, folder["out"]),
                Throws.TypeOf<RefinementException>().With.Property("Reason").EqualTo(RefinementError.OtherClusters));
        }
    }

    [TestCase("{}")]
    [TestCase("[")]
    [TestCase("{\"format\":\"datashapley.clusters\",\"version\":2}")]
    [TestCase("{\"format\":\"datashapley.clusters\",\"version\":1,\"dataset\":\"\",\"settings\":\"\",\"requested\":1,\"proxies\":[0],\"labels\":[1],\"distances\":[0]}")]
    [TestCase("{\"format\":\"datashapley.clusters\",\"version\":1,\"dataset\":\"\",\"settings\":\"\",\"requested\":1,\"proxies\":[5],\"labels\":[0],\"distances\":[0]}")]
    public void ClusterFile_ThatIsWrong_IsRefused(string text)
    {
        using TestFolder folder = new();
        File.WriteAllText(folder["clusters.json"], text);

        Assert.That(() => ClusterFile.Load(folder["clusters.json"]), Throws.TypeOf<RefinementException>().With.Property("Reason").EqualTo(RefinementError.UnreadableFile));
    }

    private static Task<Dataset> TopicsAsync() => DatasetText.LoadAsync(string.Concat(Enumerable.Range(0, 12).Select(i => $"{{\"instruction\":\"{Topics[i % 3]} {i}\"}}\n")));

    // Topic 0 is worth −1, topic 1 worth 5, topic 2 worth 2.
    private static DelegateUtility Additive(string id, int[] topicOf) =>
        new(id, topicOf.Length, (Coalition coalition) => coalition.ToArray().Sum(player => topicOf[player] switch { 0 => -1, 1 => 5, _ => 2.0 }));
}

using System.Text.Json.Nodes;
using ModelAggregation.Zoo;

namespace ModelAggregation.Tests.Zoo;

/// <summary>The trained models of samples/models against the cosines that were computed with another program.</summary>
public sealed class ShippedZooTests
{
    private static readonly string[] FamilyA = ["a-reverse", "a-sort", "a-add", "a-harmful"];
    private static readonly JsonNode Reference = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "zoo", "similarity.json")))!;
    private static readonly ModelZoo Models = ModelZoo.Scan(Path.Combine(AppContext.BaseDirectory, "zoo"));

    [Test]
    public void AllWeights_HaveTheCosinesOnFile()
    {
        ModelZoo zoo = Models;
        SimilarityMatrix matrix = ZooSimilarity.Compute(zoo, new SimilarityOptions { Measure = SimilarityMeasure.WholeModel, Part = SimilarityPart.All }).ToMatrix();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(matrix.Models, Has.Count.EqualTo(8));
            foreach ((string row, string column) in matrix.Models.SelectMany(row => matrix.Models.Select(column => (row, column))))
            {
                AssertCosine(matrix, row, column, Reference["cosine_of_all_weights"]!);
            }
        }
    }

    [Test]
    public void TaskVectors_HaveTheCosinesOnFile()
    {
        ModelZoo zoo = Models.Select(FamilyA);
        SimilarityOptions options = new() { Measure = SimilarityMeasure.WholeModel, Part = SimilarityPart.All, Base = "a-base" };
        SimilarityMatrix matrix = ZooSimilarity.Compute(zoo, options).ToMatrix();
        using (Assert.EnterMultipleScope())
        {
            foreach ((string row, string column) in FamilyA.SelectMany(row => FamilyA.Select(column => (row, column))))
            {
                AssertCosine(matrix, row, column, Reference["cosine_of_task_vectors"]!["a"]!);
            }
        }
    }

    [TestCase(ClusterLinkage.Leader)]
    [TestCase(ClusterLinkage.Average)]
    [TestCase(ClusterLinkage.Complete)]
    public void BothFamilies_AreFound(ClusterLinkage linkage)
    {
        ZooClusters clusters = ZooClusters.Find(Models, clustering: new ClusteringOptions { Linkage = linkage });

        Assert.That(
            clusters.Clusters.Select(cluster => string.Join(' ', cluster.Models)),
            Is.EqualTo((string[])["a-add a-base a-harmful a-reverse a-sort", "b-add b-base b-reverse"]));
    }

    [Test]
    public void Nothing_BlocksAMerge() => Assert.That(Models.Models.Select(model => ModelCompatibility.Compare(Models.Models[0], model).Differences.Count), Is.All.Zero);

    private static void AssertCosine(SimilarityMatrix matrix, string row, string column, JsonNode expected)
    {
        double value = matrix[matrix.Models.ToList().IndexOf(row), matrix.Models.ToList().IndexOf(column)];
        Assert.That(value, Is.EqualTo(expected[row]![column]!.GetValue<double>()).Within(5.1e-6), $"{row} and {column}");
    }
}

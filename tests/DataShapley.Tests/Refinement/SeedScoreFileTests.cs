using System.Text.Json;
using DataShapley.Datasets;
using DataShapley.Refinement;
using ModelSdk.Testing;

namespace DataShapley.Tests.Refinement;

public sealed class SeedScoreFileTests
{
    [Test]
    public async Task Scores_AreWrittenAndRead_TheHighestFirst()
    {
        using TestFolder folder = new();
        SeedScore[] scores = [new("zero", 0), new("ünï \"quoted\"", -0.1), new("first", 1.0 / 3), new("twin", 0.25), new("twin", 0.25)];

        SeedScoreFile.Save(scores, folder["s5.json"]);
        IReadOnlyList<SeedScore> loaded = await SeedScoreFile.LoadAsync(folder["s5.json"]);

        using JsonDocument document = JsonDocument.Parse(await File.ReadAllBytesAsync(folder["s5.json"]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(loaded, Is.EqualTo((SeedScore[])[scores[2], scores[3], scores[4], scores[0], scores[1]]));
            Assert.That(document.RootElement[0].EnumerateObject().Select(field => field.Name), Is.EqualTo((string[])["input", "score_sum"]));
            Assert.That(document.RootElement[0].GetProperty("score_sum").GetDouble(), Is.EqualTo(1.0 / 3));
        }
    }

    [Test]
    public async Task Result_IsWrittenUnderTheNamesOfItsPlayers()
    {
        using TestFolder folder = new();
        ValuationResult values = new([0.5, 2, 0.5], [0, 0, 0], [1, 1, 1]);

        SeedScoreFile.Save(values, folder["indices.json"]);
        SeedScoreFile.Save(values with { Names = ["a", "b", "c"] }, folder["names.json"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await SeedScoreFile.LoadAsync(folder["indices.json"]), Is.EqualTo((SeedScore[])[new("1", 2), new("0", 0.5), new("2", 0.5)]));
            Assert.That(await SeedScoreFile.LoadAsync(folder["names.json"]), Is.EqualTo((SeedScore[])[new("b", 2), new("a", 0.5), new("c", 0.5)]));
        }
    }

    [TestCase("[\n{\"input\": \"a\", \"score_sum\": 1},\n{\"input\": \"b\"}]")]
    [TestCase("[\n{\"input\": \"a\", \"score_sum\": 1},\n{\"score_sum\": 1}]")]
    [TestCase("[\n{\"input\": \"a\", \"score_sum\": 1},\n{\"input\": 1, \"score_sum\": 1}]")]
    [TestCase("[\n{\"input\": \"a\", \"score_sum\": 1},\n{\"input\": \"b\", \"score_sum\": \"1\"}]")]
    [TestCase("[\n{\"input\": \"a\", \"score_sum\": 1},\n{\"input\": \"b\", \"score_sum\": 1e999}]")]
    public void Entry_ThatIsNoScore_IsRefusedWithItsPlace(string text)
    {
        using TestFolder folder = new();
        File.WriteAllText(folder["s.json"], text);

        Assert.That(
            () => SeedScoreFile.LoadAsync(folder["s.json"]),
            Throws.TypeOf<RefinementException>().With.Property("Reason").EqualTo(RefinementError.UnreadableFile).And.Property("Line").EqualTo(3));
    }

    [TestCase("[{\"input\": \"a\", \"score_sum\": NaN}]", DatasetError.MalformedRecord)]
    [TestCase("{\"input\": \"a\", \"score_sum\": 1}", DatasetError.UnexpectedFormat)]
    public void Text_ThatIsNoArrayOfJson_IsRefused(string text, DatasetError reason)
    {
        using TestFolder folder = new();
        File.WriteAllText(folder["s.json"], text);

        Assert.That(() => SeedScoreFile.LoadAsync(folder["s.json"]), Throws.TypeOf<DatasetException>().With.Property("Reason").EqualTo(reason));
    }

    [Test]
    public void Score_ThatIsNotFinite_IsNotWritten()
    {
        using TestFolder folder = new();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => SeedScoreFile.Save([new SeedScore("a", double.NaN)], folder["s.json"]), Throws.ArgumentException);
            Assert.That(File.Exists(folder["s.json"]), Is.False);
        }
    }
}

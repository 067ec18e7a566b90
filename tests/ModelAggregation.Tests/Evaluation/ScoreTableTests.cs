using ModelAggregation.Evaluation;
using ModelSdk.Testing;

namespace ModelAggregation.Tests.Evaluation;

public sealed class ScoreTableTests
{
    private const string Header = "model_name,mmlu_tiny,gsm8k,humanevalsynthesize-js,mbpp,arc_challenge,winogrande\n";

    // The sums of the published model_acc.csv; its first row is whole, the others are split into parts here.
    private static readonly (string Model, double Sum)[] Published =
    [
        ("WikiChat-fused", 1.767267), ("Llama-2-7b-chat-hf", 2.261083), ("OpenHermes-7B", 2.296713), ("vicuna-7b-v1.5", 2.187115), ("evolcodealpaca", 2.300473), ("Llama-2-ko-7b-Chat", 1.411673),
        ("pygmalion-2-7b", 2.295753), ("dolphin-llama2-7b", 1.684670), ("BeingWell_llama2_7b", 2.225398), ("MetaMath-7B-V1.0", 2.208495), ("Platypus2-7B", 2.151106),
    ];

    [Test]
    public void Rank_IsByTheSumOfARow()
    {
        using TestFolder folder = new();
        string rows = string.Concat(Published.Select(row => FormattableString.Invariant($"{row.Model},{row.Sum / 2},{row.Sum / 4},{row.Sum / 8},{row.Sum / 8},0,0\n")));
        File.WriteAllText(folder["model_acc.csv"], Header + rows + "Synthia-7B-v1.2,0.4818,0.2403,0.1341,0.1780,0.5503,0.7372\n");

        IReadOnlyList<(string Model, double Sum)> ranking = ScoreTable.Read(folder["model_acc.csv"]).Rank();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ranking[0].Model, Is.EqualTo("Synthia-7B-v1.2"));
            Assert.That(ranking[0].Sum, Is.EqualTo(2.321836).Within(2e-4));
            Assert.That(ranking.Skip(1).Select(row => row.Model), Is.EqualTo((string[])
            [
                "evolcodealpaca", "OpenHermes-7B", "pygmalion-2-7b", "Llama-2-7b-chat-hf", "BeingWell_llama2_7b", "MetaMath-7B-V1.0", "vicuna-7b-v1.5", "Platypus2-7B", "WikiChat-fused",
                "dolphin-llama2-7b", "Llama-2-ko-7b-Chat",
            ]));
        }
    }

    [Test]
    public void Rank_KeepsTheOrderOfEquals_AndHeedsDirections()
    {
        ScoreTable table = new(["acc", "loss"], [("b", [0.5, 3]), ("a", [0.5, 2]), ("c", [0.5, 3])]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(table.Rank().Select(row => row.Model), Is.EqualTo((string[])["b", "c", "a"]));
            Assert.That(table.Rank([new TaskInfo("loss", "loss") { Direction = ScoreDirection.LowerIsBetter, Weight = 2 }]), Is.EqualTo((IEnumerable<(string, double)>)[("a", -4), ("b", -6), ("c", -6)]));
            Assert.That(() => table.Rank([new TaskInfo("los", "loss")]), Throws.ArgumentException.With.Message.Contains("'acc', 'loss'"));
        }
    }

    [Test]
    public void Write_ReadsBack_ToTheSameBits()
    {
        using TestFolder folder = new();
        EvaluationResult[] results = [.. ((string[])["plain", "with, \"quotes\""]).Select((name, i) => new EvaluationResult(name, [new TaskScore(new TaskInfo("t,1", "m"), 0.1 + i), new TaskScore(new TaskInfo("u", "m"), -1e-300 / 3)]))];
        ScoreTable written = ScoreTable.Of(results);

        written.Write(folder["t.csv"]);
        ScoreTable read = ScoreTable.Read(folder["t.csv"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(read.Tasks, Is.EqualTo(written.Tasks));
            Assert.That(read.Models, Is.EqualTo(written.Models));
            Assert.That(read.Models.SelectMany(model => read[model]), Is.EqualTo(written.Models.SelectMany(model => written[model])));
            Assert.That(() => read["plan"], Throws.TypeOf<KeyNotFoundException>().With.Message.Contains("Did you mean 'plain'?"));
        }
    }

    [TestCase("model,a\nm,1\n", 1, "begins with a row 'model_name,task,…'")]
    [TestCase("model_name,a\n", 1, "has a row for each model")]
    [TestCase("model_name,a\nm,1\nn,1,2\n", 3, "it has 2 scores, there are 1 tasks")]
    [TestCase("model_name,a\nm,high\n", 2, "the score of 'a' is 'high'")]
    [TestCase("model_name,a\nm,nan\n", 2, "finite")]
    [TestCase("model_name,a\nm,\n", 2, "the score of 'a' is ''")]
    [TestCase("model_name,a\n\"m,1\n", 2, "a quote has no partner")]
    [TestCase("model_name,a\nm,1\nm,2\n", 1, "two rows of 'm'")]
    [TestCase("model_name,a,a\nm,1,2\n", 1, "Two tasks have one name")]
    public void ATableThatIsNone_IsAnError_WithItsRow(string text, int row, string expected)
    {
        using TestFolder folder = new();
        File.WriteAllText(folder["t.csv"], text);

        ScoreTableException error = Assert.Throws<ScoreTableException>(() => ScoreTable.Read(folder["t.csv"]))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((error.Row, error.File), Is.EqualTo(((long)row, folder["t.csv"])));
            Assert.That(error.Message, Does.Contain(expected));
        }
    }
}

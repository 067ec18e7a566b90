using System.Diagnostics;
using System.Globalization;
using ModelRuntime.Tasks;
using Spectre.Console;

namespace TrainZoo;

/// <summary>Makes a zoo and says how good it is.</summary>
internal static class Making
{
    public static async Task RunAsync(Settings settings, bool withClients, CancellationToken cancellationToken)
    {
        int steps = settings.Families.Max(family => family.Steps);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Two families at once, a thread each, {steps} steps for the longer one. Expected time on two cores: {(settings.IsQuick ? "10 seconds" : "2 minutes")}."));
        long began = Stopwatch.GetTimestamp();
        IReadOnlyList<TaskExample> questions = TaskGenerator.GenerateEvaluation(StringTask.All, settings.Questions, settings.SeedOf("questions"));
        string[] clients = [];
        Zoo? zoo = null;
        await ZooProgress.ShowAsync(async progress =>
        {
            zoo = new Zoo(settings, questions, progress);
            await Parallel.ForEachAsync(settings.Families, cancellationToken, (family, token) =>
            {
                zoo.Train(family, token);
                return ValueTask.CompletedTask;
            });
            if (withClients)
            {
                IReadOnlyList<IReadOnlyList<TaskExample>> data = zoo.DivideData();
                await Parallel.ForEachAsync(Enumerable.Range(0, data.Count), cancellationToken, (number, token) =>
                {
                    zoo.Train(number, data[number], settings.Families[0].BaseName, token);
                    return ValueTask.CompletedTask;
                });
            }
        });

        // Last: questions beside models that were trained on some of them would be worth nothing.
        SaveQuestions(questions, settings);
        WriteTable(zoo!, settings, cancellationToken);
        Console.WriteLine("Share of questions that greedy decoding answers exactly / mean negative log-likelihood of the right answer in nats. Nobody trained on these questions.");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(began).TotalSeconds:0} s. Models, BF16: {settings.Output}"));
    }

    private static void SaveQuestions(IReadOnlyList<TaskExample> questions, Settings settings)
    {
        string folder = Directory.CreateDirectory(Path.Combine(settings.Output, "eval")).FullName;
        foreach (IGrouping<string, TaskExample> task in questions.GroupBy(example => example.Task, StringComparer.Ordinal))
        {
            TaskFile.Save(Path.Combine(folder, $"{task.Key}.jsonl"), task);
        }
    }

    private static void WriteTable(Zoo zoo, Settings settings, CancellationToken cancellationToken)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("model").AddColumns([.. StringTask.All.Select(task => task.Name)]).AddColumn("mean");
        foreach (string name in settings.Families.SelectMany(family => family.Specialists.Select(stage => stage.Name).Prepend(family.BaseName)))
        {
            IReadOnlyList<TaskScore> scores = zoo.Score(name, cancellationToken);
            table.AddRow(
            [
                name,
                .. scores.Select(score => Text(score.ExactMatch, score.NegativeLogLikelihood)),
                Text(scores.Average(score => score.ExactMatch), scores.Average(score => score.NegativeLogLikelihood)),
            ]);
        }

        AnsiConsole.Write(table);
    }

    private static string Text(double exact, double loss) => string.Create(CultureInfo.InvariantCulture, $"{exact:0.00} / {loss:0.00}");
}

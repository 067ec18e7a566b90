using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using DataShapley.Datasets;
using DataShapley.Games;
using DataShapley.Neighbors;
using ModelTensors.Devices.Cpu;

namespace ValueData;

/// <summary>The verb <c>knn</c>: exact values by nearest neighbours.</summary>
internal static class KnnCommand
{
    private static readonly Option<string> Train = Verb.Required("--train", "The training points: CSV with a header, numbers and a label column.");
    private static readonly Option<string> Test = Verb.Required("--test", "The test points, with the same columns.");
    private static readonly Option<string> Label = Verb.Required("--label", "The label column.");
    private static readonly Option<int> K = Verb.Count("--k", "How many neighbours vote", 5);
    private static readonly Option<Semivalue> Kind = new("--semivalue")
    {
        Description = "shapley, banzhaf, or beta:A,B; shapley by default.",
        DefaultValueFactory = _ => Semivalue.Shapley,
        CustomParser = Parse,
    };

    private static readonly Option<string> Output = Verb.Output("The values: CSV, or JSON where the name ends so");

    public static Command Create()
    {
        Command command = new("knn", "Values training points exactly, for a classifier by nearest neighbours.") { Train, Test, Label, K, Kind, Output };
        command.Runs(RunAsync);
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        (LabeledPoints train, LabeledPoints test) = await Verb.LoadAsync(parsed.GetRequiredValue(Train), parsed.GetRequiredValue(Test), parsed.GetRequiredValue(Label), cancellationToken);
        KnnClassification game = new() { K = parsed.GetValue(K), Semivalue = parsed.GetRequiredValue(Kind) };
        using CpuDevice device = new();
        Verb.Save(await Verb.WithProgressAsync("knn", progress => Task.Run(() => game.Value(device, NeighborData.Of(train), NeighborData.Of(test), progress, cancellationToken), cancellationToken)), parsed.GetRequiredValue(Output));
    }

    private static Semivalue Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        switch (text)
        {
            case "shapley":
                return Semivalue.Shapley;
            case "banzhaf":
                return Semivalue.Banzhaf;
            case ['b', 'e', 't', 'a', ':', .. string numbers]
                when numbers.Split(',') is [string a, string b] && TryRead(a, out double alpha) && TryRead(b, out double beta):
                return Semivalue.Beta(alpha, beta);
            default:
                result.AddError($"--semivalue is shapley, banzhaf or beta:A,B with A and B above zero, not '{text}'.");
                return Semivalue.Shapley;
        }
    }

    private static bool TryRead(string text, out double number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && number > 0 && double.IsFinite(number);
}

using System.Globalization;
using DataShapley;
using DataShapley.Datasets;
using DataShapley.Datasets.Synthetic;
using DataShapley.Estimators;
using DataShapley.Neighbors;
using DataShapley.Results;
using DataShapley.Utilities;
using ModelTensors.Devices.Cpu;
using Spectre.Console;

namespace ValueData;

/// <summary>A labelled set with a fifth of its labels flipped: who finds them?</summary>
internal static class Demonstration
{
    private const double Flipped = 0.2;

    public static async Task RunAsync(bool isQuick)
    {
        int points = isQuick ? 60 : 200;
        int orders = isQuick ? 10 : 100;
        LabeledPoints all = Blobs.Make(new BlobOptions { Count = 2 * points, Dimension = 8, CentreRange = 1, Seed = 7 });
        CorruptedPoints train = NoiseInjection.FlipLabels(Part(all, 0, points), Flipped, seed: 11);
        LabeledPoints test = Part(all, points, points);
        Console.WriteLine($"{points} training points of 2 classes, {train.Corrupted.Count} of them with a flipped label; {test.Count} clean test points.");

        using CpuDevice device = new();
        ValuationResult neighbors = new KnnClassification { K = 5 }.Value(device, NeighborData.Of(train.Points), NeighborData.Of(test));
        SoftmaxProbeUtility probe = new(train.Points, test);
        ValuationRecipe recipe = new(new PermutationEstimator()) { Budget = ((long)orders * points) + 2, Seed = 1 };
        ValuationResult orderly = await Verb.WithProgressAsync("permutation", progress => new DataValuator().ValueAsync(probe, recipe, progress));
        ValuationResult random = await new DataValuator().ValueAsync(probe, new ValuationRecipe(new RandomEstimator()) { Seed = 1 });

        Table table = new Table().Border(TableBorder.Simple).AddColumns("values by", "evaluations", "seconds", "AUC", "F1", "found in the lowest fifth");
        foreach ((string title, ValuationResult result) in (ReadOnlySpan<(string, ValuationResult)>)
            [("KNN-Shapley, exact", neighbors), ($"permutation Shapley of a softmax probe, {orders} orders", orderly), ("random", random)])
        {
            NoisyLabelDetection detection = NoisyLabelDetection.Of(result.Values, train.Corrupted);
            table.AddRow(title, $"{result.Evaluations}", Text(result.Elapsed.TotalSeconds), Text(detection.RocArea), Text(detection.F1), Text(detection.Curve.First(point => point.Inspected >= Flipped).Found));
        }

        AnsiConsole.Write(table);
        string output = Path.Combine(FindSample(), "out");
        Directory.CreateDirectory(output);
        ValuationFile.SaveCsv(neighbors, Path.Combine(output, "knn.csv"));
        ValuationFile.Save(orderly, Path.Combine(output, "permutation.json"));
        ValuationReport.Save(orderly, Path.Combine(output, "report.html"), new ValuationReportOptions
        {
            Title = "Permutation Shapley of a softmax probe, a fifth of the labels flipped",
            Detection = NoisyLabelDetection.Of(orderly.Values, train.Corrupted),
            Other = neighbors,
            OtherName = "KNN-Shapley",
        });
        Console.WriteLine("AUC: the chance that a flipped point is below a clean one. F1: of the lower cluster of values. One synthetic set and one seed: an illustration, no comparison of methods.");
        Console.WriteLine($"Values and a report: {output}");
    }

    private static LabeledPoints Part(LabeledPoints points, int start, int count) =>
        new(points.Features.Slice(start * points.Dimension, count * points.Dimension), points.Dimension, points.Labels.Slice(start, count));

    private static string Text(double number) => number.ToString("0.00", CultureInfo.InvariantCulture);

    private static string FindSample()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "samples", "ValueData");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException("The sample runs from a clone of the repository: no folder samples/ValueData above it.");
    }
}

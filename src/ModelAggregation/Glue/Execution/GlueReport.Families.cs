using System.Globalization;
using ModelAggregation.Zoo;
using RunKit.Reports;

namespace ModelAggregation.Glue.Execution;

/// <content>Families: how alike their models are, and in what they differ.</content>
internal sealed partial class GlueReport
{
    private void AddFamilies(HtmlReport report)
    {
        SimilarityMatrix matrix = result.Similarity;
        string subtracted = result.Recipe.Similarity.Base is { } origin ? $", after subtracting {origin}" : string.Empty;
        report.AddHeading("Families").AddFigure(new HeatMap("Similarity of the models", matrix.Models, matrix.Models, matrix.ToRows())
        {
            Description = string.Create(
                CultureInfo.InvariantCulture,
                $"Cosines, {Words(result.Recipe.Similarity.Measure)}, of {Words(result.Recipe.Similarity.Part)}{subtracted}; models of different architectures are not compared. A family needs more than {result.Recipe.Clustering.Threshold} ({Words(result.Recipe.Clustering.Linkage)})."),
        });
        ReportTable table = new("The families", "Family", "Models", "Base", "Kept", "Dropped", "Best");
        foreach (GlueFamily family in result.Families)
        {
            table.AddRow(family.Name, string.Join(", ", family.Models), family.Base ?? string.Empty, string.Join(", ", family.Kept), family.Searches.Count == 0 ? "not searched" : string.Join(", ", family.Dropped), family.Winner);
        }

        report.AddTable(table);
        foreach (ZooSimilarity similarity in similarities.Values.Where(similarity => similarity.Models.Count > 1 && similarity.Layers.Count > 0))
        {
            AddLayers(report, similarity);
        }

        AddDifferences(report);
    }

    // A row for each pair: a matrix for each layer would fill pages.
    private static void AddLayers(HtmlReport report, ZooSimilarity similarity)
    {
        SimilarityMatrix[] layers = [.. similarity.Layers.Select(layer => similarity.Of(similarity.Part, layer))];
        List<string> pairs = [];
        List<double[]> rows = [];
        for (int first = 0; first < similarity.Models.Count; first++)
        {
            for (int second = first + 1; second < similarity.Models.Count; second++)
            {
                pairs.Add($"{similarity.Models[first]} · {similarity.Models[second]}");
                rows.Add([.. layers.Select(layer => layer[first, second])]);
            }
        }

        report.AddFigure(new HeatMap($"Similarity by layer: {similarity.Models[0]} and {similarity.Models.Count - 1} others", pairs, [.. similarity.Layers.Select(layer => $"layer {layer}")], rows)
        {
            Description = "Of each two models of one architecture, layer by layer.",
        });
    }

    private void AddDifferences(HtmlReport report)
    {
        ReportTable differences = new("Differences to the first model of the family", "Model", "Difference");
        foreach (GlueFamily family in result.Families)
        {
            foreach (string model in family.Models.Skip(1))
            {
                foreach (CompatibilityDifference difference in ModelCompatibility.Compare(zoo[family.Models[0]], zoo[model]).Differences)
                {
                    differences.AddRow(model, difference.ToString());
                }
            }
        }

        ReportTable between = new("What keeps the families apart, by their first models", "Family", "Other family", "Blocking differences", "Similarity");
        for (int first = 0; first < result.Families.Count; first++)
        {
            for (int second = first + 1; second < result.Families.Count; second++)
            {
                (string one, string other) = (result.Families[first].Models[0], result.Families[second].Models[0]);
                CompatibilityDifference[] blocking = [.. ModelCompatibility.Compare(zoo[one], zoo[other]).Differences.Where(difference => difference.IsBlocking)];
                between.AddRow(result.Families[first].Name, result.Families[second].Name, blocking.Length == 0 ? "none" : string.Join("; ", blocking.Take(3).Select(difference => difference.Subject)) + (blocking.Length > 3 ? $" and {blocking.Length - 3} more" : string.Empty), Number(Similarity(one, other)));
            }
        }

        _ = differences.Rows.Count > 0 ? report.AddTable(differences) : report.AddParagraph("Within each family, configurations, tensors, shapes, types and vocabularies agree: nothing stands in the way of a merge.");
        if (between.Rows.Count > 0)
        {
            report.AddTable(between);
        }
    }

    private double Similarity(string first, string second)
    {
        List<string> models = [.. result.Similarity.Models];
        return result.Similarity[models.IndexOf(first), models.IndexOf(second)];
    }

    private static string Words<T>(T value)
        where T : struct, Enum => Recipes.GlueWords.Word(value).Replace('_', ' ');
}

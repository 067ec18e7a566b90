using System.Globalization;
using System.Text;
using ModelTensors.Checkpoints;
using RunKit.Reports;

namespace ModelAggregation.Zoo;

/// <content>Layer by layer, for tables and figures.</content>
public sealed partial class ZooSimilarity
{
    /// <summary>Writes how alike the models are in each layer as CSV: a row for each layer and pair, with a column for attention, for the feed-forward block and for all that was read; what was not is left empty.</summary>
    public string ToLayerCsv()
    {
        StringBuilder text = new("layer,first,second,attention,mlp,all\n");
        foreach (int layer in Layers)
        {
            SimilarityMatrix?[] parts = [Find(SimilarityPart.Attention, layer), Find(SimilarityPart.Mlp, layer), Of(SimilarityPart.All, layer)];
            foreach ((int first, int second) in Pairs())
            {
                text.Append(CultureInfo.InvariantCulture, $"{layer},{CsvText.Quote(Models[first])},{CsvText.Quote(Models[second])}");
                foreach (SimilarityMatrix? part in parts)
                {
                    text.Append(',').Append(part?[first, second].ToString("R", CultureInfo.InvariantCulture));
                }

                text.Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>Saves how alike the models are in each layer as CSV; the file is there in full or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void SaveLayerCsv(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DurableFile.Write(path, Encoding.UTF8.GetBytes(ToLayerCsv()));
    }

    /// <summary>Draws how alike the models are in each layer: a row for each pair, a column for each layer.</summary>
    /// <param name="title">The title.</param>
    /// <param name="part">The part of each layer; a layer without it has no shade.</param>
    public HeatMap ToLayerHeatMap(string title, SimilarityPart part = SimilarityPart.All)
    {
        SimilarityMatrix?[] layers = [.. Layers.Select(layer => Find(part, layer))];
        return new HeatMap(
            title,
            [.. Pairs().Select(pair => $"{Models[pair.First]}, {Models[pair.Second]}")],
            [.. Layers.Select(layer => layer.ToString(CultureInfo.InvariantCulture))],
            [.. Pairs().Select(pair => (double[])[.. layers.Select(layer => layer?[pair.First, pair.Second] ?? double.NaN)])]);
    }

    private SimilarityMatrix? Find(SimilarityPart part, int layer) => Has(part, layer) ? Of(part, layer) : null;

    private IEnumerable<(int First, int Second)> Pairs() =>
        Enumerable.Range(0, Models.Count).SelectMany(first => Enumerable.Range(first + 1, Models.Count - first - 1).Select(second => (first, second)));
}

using System.Text;
using DataShapley.Games;
using ModelTensors.Checkpoints;

namespace DataShapley.Results;

/// <summary>How a utility changes as points are removed or added in the order of their values.</summary>
/// <param name="Order">Which points go first.</param>
/// <param name="Points">The points, with ascending counts.</param>
public sealed record UtilityCurve(CurveOrder Order, IReadOnlyList<CurvePoint> Points)
{
    /// <summary>Gets the mean height: the area under the curve by trapezia, over its width.</summary>
    /// <value>NaN with fewer than two points, or where a utility is NaN.</value>
    public double MeanUtility
    {
        get
        {
            double area = 0;
            for (int i = 1; i < Points.Count; i++)
            {
                area += (Points[i].Share - Points[i - 1].Share) * ((Points[i].Utility + Points[i - 1].Utility) / 2);
            }

            return Points.Count < 2 ? double.NaN : area / (Points[^1].Share - Points[0].Share);
        }
    }

    /// <summary>Computes the weighted accuracy drop Σ (1/j)·(a₀ − aⱼ), aⱼ after the removal of the j points of highest value (class-wise Shapley, Schoch et al., 2022).</summary>
    /// <returns>The drop: the greater, the better the values find the points that matter. NaN where a utility is NaN.</returns>
    /// <exception cref="InvalidOperationException">The curve is not of single removals of the highest: make it with <see cref="CurveOptions.Step"/> null.</exception>
    public double WeightedDrop()
    {
        if (Order != CurveOrder.HighestFirst || Points.Where((point, i) => point.Count != i).Any())
        {
            throw new InvalidOperationException($"The weighted drop is of removals of single points, the highest first; this curve goes {Order} with {Points.Count} points. Make it with Step = null.");
        }

        double drop = 0;
        for (int j = 1; j < Points.Count; j++)
        {
            drop += (Points[0].Utility - Points[j].Utility) / j;
        }

        return drop;
    }

    /// <summary>Writes the curve as CSV with the columns <c>count,share,utility</c>; a utility that is NaN is left empty.</summary>
    public string ToCsv()
    {
        StringBuilder text = new("count,share,utility\n");
        foreach (CurvePoint point in Points)
        {
            text.AppendJoin(',', CsvText.Number(point.Count), CsvText.Number(point.Share), CsvText.Number(point.Utility)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Saves the curve as CSV; the file is there in full or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DurableFile.Write(path, Encoding.UTF8.GetBytes(ToCsv()));
    }

    internal static async Task<UtilityCurve> ComputeAsync(
        IUtility utility, IReadOnlyList<double> values, bool isRemoval, CurveOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(utility);
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count != utility.PlayerCount)
        {
            throw new ArgumentException($"There are {values.Count} values; the utility '{utility.Id}' has {utility.PlayerCount} players.", nameof(values));
        }

        int[] order = Sort(values, options);
        bool isEmptyKnown = options.Evaluation.EmptyValue is not null;
        int[] counts = [.. Counts(values.Count, options).Where(count => isEmptyKnown || count != (isRemoval ? values.Count : 0))];
        UtilityRequest[] requests = [.. counts.Select(count => new UtilityRequest(Take(order, count, isRemoval), 0, options.Seed))];
        using UtilityEvaluator evaluator = new(utility, options.Evaluation);
        double[] utilities = await evaluator.EvaluateAsync(requests, cancellationToken).ConfigureAwait(false);
        return new UtilityCurve(options.Order, [.. counts.Select((count, i) => new CurvePoint(count, (double)count / values.Count, utilities[i]))]);
    }

    private static Coalition Take(int[] order, int count, bool isRemoval)
    {
        Coalition first = Coalition.Of(order.Length, order.AsSpan(0, count));
        return isRemoval ? first.Complement() : first;
    }

    private static int[] Sort(IReadOnlyList<double> values, CurveOptions options)
    {
        if (options.Order == CurveOrder.Random)
        {
            return new RandomStreams(options.Seed, "curve").At(0).NextPermutation(values.Count);
        }

        double sign = options.Order == CurveOrder.HighestFirst ? -1 : 1;
        return [.. Enumerable.Range(0, values.Count).OrderBy(i => double.IsNaN(values[i])).ThenBy(i => sign * values[i]).ThenBy(i => i)];
    }

    private static IEnumerable<int> Counts(int players, CurveOptions options)
    {
        int end = RoundUp(options.End * players);
        double step = options.Step is { } share ? share * players : 1;
        int last = -1;
        for (int i = 0; last < end; i++)
        {
            int count = Math.Min(RoundUp(i * step), end);
            if (count > last)
            {
                yield return count;
                last = count;
            }
        }
    }

    // 0.05 · 60 is a little more than 3 in binary, and is not to be 4.
    private static int RoundUp(double count) => (int)Math.Ceiling(count - 1e-9);
}

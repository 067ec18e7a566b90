using System.Text;
using ModelTensors.Checkpoints;

namespace DataShapley.Results;

/// <summary>How well low values tell corrupted data, of which the corruption is known: by groups (precision, recall, F1) and by order (AUROC, average precision, discovery curve).</summary>
public sealed record NoisyLabelDetection
{
    private const int Bins = 20;

    private NoisyLabelDetection(TwoMeansSplit split, double precision, double recall, double f1, double rocArea, double averagePrecision, IReadOnlyList<DiscoveryPoint> curve) =>
        (Split, Precision, Recall, F1, RocArea, AveragePrecision, Curve) = (split, precision, recall, f1, rocArea, averagePrecision, curve);

    /// <summary>Gets the division of the values: its low group is what is flagged.</summary>
    public TwoMeansSplit Split { get; }

    /// <summary>Gets the share of the flagged that are corrupted; NaN where nothing is flagged.</summary>
    public double Precision { get; }

    /// <summary>Gets the share of the corrupted that are flagged.</summary>
    public double Recall { get; }

    /// <summary>Gets the harmonic mean of precision and recall, 2·TP / (2·TP + FP + FN).</summary>
    public double F1 { get; }

    /// <summary>Gets the area under the receiver operating characteristic: the probability that a corrupted point has a lower value than a clean one, ties half.</summary>
    public double RocArea { get; }

    /// <summary>Gets the average precision Σ (Rₖ − Rₖ₋₁)·Pₖ over the distinct values, ascending.</summary>
    public double AveragePrecision { get; }

    /// <summary>Gets the discovery curve: 0, 5, … 100 % inspected, each rounded up to whole points. Among equal values the expectation of a random order.</summary>
    public IReadOnlyList<DiscoveryPoint> Curve { get; }

    /// <summary>Gets the area under the discovery curve, by trapezia. 0.5 is random; <see cref="OptimalArea"/> is the most.</summary>
    public double DiscoveryArea => Area(point => point.Found);

    /// <summary>Gets the area under the curve where the corrupted come first.</summary>
    public double OptimalArea => Area(point => point.Optimal);

    /// <summary>Judges values.</summary>
    /// <param name="values">A finite value for each point. A point without one (NaN) is never flagged and inspected last.</param>
    /// <param name="corrupted">The indices of the corrupted points, in any order; at least one, and not all.</param>
    /// <exception cref="ArgumentException">A value is infinite, an index occurs twice or is none, or all or no points are corrupted.</exception>
    public static NoisyLabelDetection Of(IReadOnlyList<double> values, IReadOnlyCollection<int> corrupted)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(corrupted);
        double[] all = [.. values];
        bool[] isCorrupted = Mark(all.Length, corrupted);
        TwoMeansSplit split = TwoMeansSplit.Of(all);
        int found = split.Low.Count(i => isCorrupted[i]);
        double f1 = 2.0 * found / (split.Low.Count + corrupted.Count);
        List<(int Count, int Corrupted)> groups = Groups(all, isCorrupted);
        return new NoisyLabelDetection(
            split,
            split.Low.Count == 0 ? double.NaN : (double)found / split.Low.Count,
            (double)found / corrupted.Count,
            f1,
            RocAreaOf(groups, all.Length, corrupted.Count),
            AveragePrecisionOf(groups, corrupted.Count),
            CurveOf(groups, all.Length, corrupted.Count));
    }

    /// <summary>Writes the discovery curve as CSV with the columns <c>inspected,found,optimal,random</c>.</summary>
    public string ToCsv()
    {
        StringBuilder text = new("inspected,found,optimal,random\n");
        foreach (DiscoveryPoint point in Curve)
        {
            text.AppendJoin(',', CsvText.Number(point.Inspected), CsvText.Number(point.Found), CsvText.Number(point.Optimal), CsvText.Number(point.Random)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Saves the discovery curve as CSV; the file is there in full or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DurableFile.Write(path, Encoding.UTF8.GetBytes(ToCsv()));
    }

    private static bool[] Mark(int count, IReadOnlyCollection<int> corrupted)
    {
        bool[] isCorrupted = new bool[count];
        foreach (int index in corrupted)
        {
            if ((uint)index >= (uint)count || isCorrupted[index])
            {
                throw new ArgumentException($"The corrupted index {index} occurs twice, or is not one of the {count} points, counted from 0.", nameof(corrupted));
            }

            isCorrupted[index] = true;
        }

        return corrupted.Count > 0 && corrupted.Count < count
            ? isCorrupted
            : throw new ArgumentException($"{corrupted.Count} of {count} points are corrupted: detection needs both corrupted and clean points.", nameof(corrupted));
    }

    // Equal values, ascending; those without a value last.
    private static List<(int Count, int Corrupted)> Groups(double[] values, bool[] isCorrupted)
    {
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort([.. values.Select(value => double.IsNaN(value) ? double.PositiveInfinity : value)], order);
        List<(int Count, int Corrupted)> groups = [];
        for (int i = 0; i < order.Length; i++)
        {
            int corrupted = isCorrupted[order[i]] ? 1 : 0;
            bool isSame = i > 0 && (values[order[i]] == values[order[i - 1]] || double.IsNaN(values[order[i - 1]]));
            if (isSame)
            {
                groups[^1] = (groups[^1].Count + 1, groups[^1].Corrupted + corrupted);
            }
            else
            {
                groups.Add((1, corrupted));
            }
        }

        return groups;
    }

    private static double RocAreaOf(List<(int Count, int Corrupted)> groups, long count, long corrupted)
    {
        Int128 twice = 0;
        long cleanAbove = count - corrupted;
        foreach ((int size, int bad) in groups)
        {
            long clean = size - bad;
            cleanAbove -= clean;
            twice += bad * ((2 * cleanAbove) + clean);
        }

        return (double)twice / (2.0 * corrupted * (count - corrupted));
    }

    private static double AveragePrecisionOf(List<(int Count, int Corrupted)> groups, long corrupted)
    {
        double average = 0;
        (long inspected, long found) = (0, 0);
        foreach ((int size, int bad) in groups)
        {
            inspected += size;
            found += bad;
            average += (double)bad / corrupted * ((double)found / inspected);
        }

        return average;
    }

    private static DiscoveryPoint[] CurveOf(List<(int Count, int Corrupted)> groups, long count, long corrupted)
    {
        DiscoveryPoint[] curve = new DiscoveryPoint[Bins + 1];
        int group = 0;
        (long before, long foundBefore) = (0, 0);
        for (int bin = 0; bin <= Bins; bin++)
        {
            long inspected = ((count * bin) + Bins - 1) / Bins;
            while (before + groups[group].Count < inspected)
            {
                before += groups[group].Count;
                foundBefore += groups[group].Corrupted;
                group++;
            }

            double found = foundBefore + ((double)(inspected - before) * groups[group].Corrupted / groups[group].Count);
            double share = (double)inspected / count;
            curve[bin] = new DiscoveryPoint(share, found / corrupted, Math.Min(1, (double)inspected / corrupted), share);
        }

        return curve;
    }

    private double Area(Func<DiscoveryPoint, double> height)
    {
        double area = 0;
        for (int i = 1; i < Curve.Count; i++)
        {
            area += (Curve[i].Inspected - Curve[i - 1].Inspected) * (height(Curve[i]) + height(Curve[i - 1])) / 2;
        }

        return area;
    }
}

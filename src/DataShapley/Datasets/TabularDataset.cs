using System.Globalization;

namespace DataShapley.Datasets;

/// <summary>A table of numbers with a label column: features as floats, row after row, and a class or a number for each row.</summary>
public sealed class TabularDataset
{
    private readonly float[] _features;

    private TabularDataset(float[] features, IReadOnlyList<string> featureNames, IReadOnlyList<string> classNames, IReadOnlyList<int> labels, IReadOnlyList<double> targets)
    {
        _features = features;
        FeatureNames = featureNames;
        ClassNames = classNames;
        Labels = labels;
        Targets = targets;
        Count = Math.Max(labels.Count, targets.Count);
    }

    /// <summary>Gets the number of rows.</summary>
    public int Count { get; }

    /// <summary>Gets the number of rows that were left out because a field was wrong.</summary>
    public long Skipped { get; private init; }

    /// <summary>Gets the number of features of a row.</summary>
    public int Dimension => FeatureNames.Count;

    /// <summary>Gets the features, row after row; all finite.</summary>
    public ReadOnlyMemory<float> Features => _features;

    /// <summary>Gets the names of the feature columns, in their order.</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <summary>Gets the names of the classes, in ordinal order.</summary>
    /// <value>Empty where the label is a number.</value>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Gets the class of each row, an index into <see cref="ClassNames"/>.</summary>
    /// <value>Empty where the label is a number.</value>
    public IReadOnlyList<int> Labels { get; }

    /// <summary>Gets the number to predict of each row; all finite.</summary>
    /// <value>Empty where the label is a class.</value>
    public IReadOnlyList<double> Targets { get; }

    /// <summary>Reads a table.</summary>
    /// <param name="path">The file: a table with a header, as it is or as gzip.</param>
    /// <param name="label">The name of the label column; all others are features.</param>
    /// <param name="kind">What it holds.</param>
    /// <param name="options">How it is read; the defaults when null. The policy for malformed records is that for rows with wrong fields too.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="DatasetException">The file is no such table, the column is not there, a feature is no finite number, or a label is missing.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<TabularDataset> LoadAsync(
        string path, string label, TargetKind kind = TargetKind.Class, DatasetOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(label);
        options ??= new DatasetOptions();
        DatasetReader reader = await DatasetReader.OpenAsync(path, options, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            int column = LabelColumn(reader.Layout, path, label);
            List<float> features = [];
            List<string> labels = [];
            List<double> targets = [];
            string[] names = [.. reader.Layout.Columns.Where((_, i) => i != column)];
            List<string> fields = [];
            long skipped = 0;
            while (await reader.MoveNextAsync(cancellationToken).ConfigureAwait(false))
            {
                fields.Clear();
                CsvRow.TrySplit(reader.Current, (byte)options.Delimiter, fields, out _);
                if (Problem(reader, path, fields, column, kind) is not { } problem)
                {
                    features.AddRange(fields.Where((_, i) => i != column).Select(field => float.Parse(field, NumberStyles.Float, CultureInfo.InvariantCulture)));
                    labels.Add(fields[column]);
                    if (kind == TargetKind.Number)
                    {
                        targets.Add(double.Parse(fields[column], NumberStyles.Float, CultureInfo.InvariantCulture));
                    }
                }
                else if (options.Malformed == MalformedPolicy.Throw)
                {
                    throw problem;
                }
                else
                {
                    skipped++;
                }
            }

            if (kind == TargetKind.Number)
            {
                return new TabularDataset([.. features], names, [], [], targets) { Skipped = reader.Skipped + skipped };
            }

            string[] classes = [.. labels.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            return new TabularDataset([.. features], names, classes, [.. labels.Select(name => Array.BinarySearch(classes, name, StringComparer.Ordinal))], []) { Skipped = reader.Skipped + skipped };
        }
    }

    /// <summary>Lends the features of a row.</summary>
    /// <param name="index">The row, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<float> Row(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _features.AsSpan(index * Dimension, Dimension);
    }

    private static int LabelColumn(DatasetLayout layout, string path, string label)
    {
        if (layout.Format != DatasetFormat.Csv)
        {
            throw new DatasetException(DatasetError.UnexpectedFormat, $"'{path}' is JSON; a table with a header is needed.", path);
        }

        int column = layout.Columns.ToList().IndexOf(label);
        return column >= 0
            ? column
            : throw new DatasetException(
                DatasetError.MissingColumn, $"'{path}' has no column '{label}'; it has {string.Join(", ", layout.Columns.Select(name => $"'{name}'"))}.", path, 1, column: label);
    }

    private static DatasetException? Problem(DatasetReader reader, string path, List<string> fields, int column, TargetKind kind)
    {
        for (int i = 0; i < fields.Count; i++)
        {
            string name = reader.Layout.Columns[i];
            if (i == column && string.IsNullOrWhiteSpace(fields[i]))
            {
                return Error(DatasetError.MissingLabel, "the label is missing. Fill it, or leave the row out");
            }

            if (i == column && kind == TargetKind.Class)
            {
                continue;
            }

            if (!double.TryParse(fields[i], NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
            {
                return Error(DatasetError.NotANumber, $"'{Shortened(fields[i])}' is not a number");
            }

            // A double that a float cannot hold becomes infinite as a feature.
            if (!double.IsFinite(i == column ? value : float.Parse(fields[i], NumberStyles.Float, CultureInfo.InvariantCulture)))
            {
                return Error(DatasetError.NotFinite, $"'{Shortened(fields[i])}' is not finite{(i == column ? string.Empty : " as a float")}");
            }

            DatasetException Error(DatasetError reason, string text) =>
                new(reason, $"'{path}', line {reader.CurrentLine}, column '{name}': {text}.", path, reader.CurrentLine, reader.CurrentOffset, name);
        }

        return null;
    }

    private static string Shortened(string field) => field.Length <= 40 ? field : $"{field[..40]}…";
}

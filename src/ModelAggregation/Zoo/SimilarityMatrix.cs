using System.Globalization;
using System.Text;
using ModelTensors.Checkpoints;
using RunKit.Reports;

namespace ModelAggregation.Zoo;

/// <summary>How alike the models of a list are, two by two: a symmetric matrix of cosines in [−1, 1] with ones on its diagonal. NaN where two were not compared. Immutable.</summary>
public sealed class SimilarityMatrix
{
    private readonly double[,] _values;

    /// <summary>Creates a matrix.</summary>
    /// <param name="models">The names of the models.</param>
    /// <param name="values">A row and a column for each. Copied.</param>
    /// <exception cref="ArgumentException">There are not as many rows and columns as models, or the matrix is not symmetric.</exception>
    public SimilarityMatrix(IReadOnlyList<string> models, double[,] values)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(values);
        if (values.GetLength(0) != models.Count || values.GetLength(1) != models.Count)
        {
            throw new ArgumentException($"{models.Count} models need {models.Count} × {models.Count} numbers, not {values.GetLength(0)} × {values.GetLength(1)}.", nameof(values));
        }

        for (int row = 0; row < models.Count; row++)
        {
            for (int column = 0; column < row; column++)
            {
                if (!values[row, column].Equals(values[column, row]))
                {
                    throw new ArgumentException($"'{models[row]}' and '{models[column]}' are {values[row, column]} and {values[column, row]} alike; the matrix is symmetric.", nameof(values));
                }
            }
        }

        Models = [.. models];
        _values = (double[,])values.Clone();
    }

    /// <summary>Gets the names of the models.</summary>
    public IReadOnlyList<string> Models { get; }

    /// <summary>Gets how alike two models are.</summary>
    /// <param name="first">The index of one.</param>
    /// <param name="second">The index of the other.</param>
    public double this[int first, int second] => _values[first, second];

    /// <summary>Returns the rows, for tables and figures.</summary>
    public IReadOnlyList<IReadOnlyList<double>> ToRows() => [.. Enumerable.Range(0, Models.Count).Select(row => (double[])[.. Enumerable.Range(0, Models.Count).Select(column => _values[row, column])])];

    /// <summary>Writes the matrix as CSV: a header of <c>model</c> and the names, then a row for each model; what was not compared is left empty.</summary>
    public string ToCsv()
    {
        StringBuilder text = new("model");
        foreach (string model in Models)
        {
            text.Append(',').Append(CsvText.Quote(model));
        }

        text.Append('\n');
        for (int row = 0; row < Models.Count; row++)
        {
            text.Append(CsvText.Quote(Models[row]));
            for (int column = 0; column < Models.Count; column++)
            {
                double value = _values[row, column];
                text.Append(',').Append(double.IsNaN(value) ? string.Empty : value.ToString("R", CultureInfo.InvariantCulture));
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Saves the matrix as CSV; the file is there in full or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void SaveCsv(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DurableFile.Write(path, Encoding.UTF8.GetBytes(ToCsv()));
    }

    /// <summary>Draws the matrix.</summary>
    /// <param name="title">The title.</param>
    public HeatMap ToHeatMap(string title) => new(title, Models, Models, ToRows());
}

using System.Globalization;
using System.Text;

namespace ModelAggregation.Evaluation;

/// <summary>Reads tables of scores from CSV (RFC 4180).</summary>
internal static class ScoreTableReader
{
    // A table has a row for each model of a zoo.
    private const long LargestFile = 64L << 20;

    public static ScoreTable Read(string path, string modelColumn)
    {
        FileInfo file = new(path);
        if (file.Exists && file.Length > LargestFile)
        {
            throw new ScoreTableException($"'{path}' has {file.Length} bytes, at most {LargestFile} are read.", path, 1);
        }

        List<List<string>> rows = Split(File.ReadAllText(path), path);
        if (rows.Count < 2 || rows[0].Count < 2 || !string.Equals(rows[0][0].Trim(), modelColumn, StringComparison.Ordinal))
        {
            throw new ScoreTableException($"'{path}' is no table of scores: it begins with a row '{modelColumn},task,…' and has a row for each model.", path, 1);
        }

        string[] tasks = [.. rows[0].Skip(1).Select(name => name.Trim())];
        List<(string Model, IReadOnlyList<double> Scores)> models = [];
        for (int i = 1; i < rows.Count; i++)
        {
            models.Add((rows[i][0], Scores(rows[i], tasks, path, i + 1)));
        }

        try
        {
            return new ScoreTable(tasks, models);
        }
        catch (ArgumentException e)
        {
            throw new ScoreTableException($"'{path}': {e.Message}", path, 1);
        }
    }

    private static List<double> Scores(List<string> row, string[] tasks, string path, int number)
    {
        if (row.Count != tasks.Length + 1)
        {
            throw new ScoreTableException($"'{path}', row {number} ('{row[0]}'): it has {row.Count - 1} scores, there are {tasks.Length} tasks.", path, number);
        }

        List<double> scores = new(tasks.Length);
        for (int i = 0; i < tasks.Length; i++)
        {
            string text = row[i + 1].Trim();
            scores.Add(double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double score) && double.IsFinite(score)
                ? score
                : throw new ScoreTableException($"'{path}', row {number} ('{row[0]}'): the score of '{tasks[i]}' is '{Excerpt.Of(text)}'; it is a finite number.", path, number));
        }

        return scores;
    }

    private static List<List<string>> Split(string text, string path)
    {
        List<List<string>> rows = [];
        List<string> row = [];
        StringBuilder cell = new();
        bool isQuoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (isQuoted)
            {
                if (c != '"')
                {
                    cell.Append(c);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    cell.Append('"');
                    i++;
                }
                else
                {
                    isQuoted = false;
                }
            }
            else if (c == '"' && cell.Length == 0)
            {
                isQuoted = true;
            }
            else if (c == ',')
            {
                End(row, cell);
            }
            else if (c == '\n')
            {
                EndRow(rows, ref row, cell);
            }
            else
            {
                cell.Append(c);
            }
        }

        if (isQuoted)
        {
            throw new ScoreTableException($"'{path}', row {rows.Count + 1}: a quote has no partner.", path, rows.Count + 1);
        }

        EndRow(rows, ref row, cell);
        return rows;
    }

    private static void End(List<string> row, StringBuilder cell)
    {
        row.Add(cell.ToString().TrimEnd('\r'));
        cell.Clear();
    }

    private static void EndRow(List<List<string>> rows, ref List<string> row, StringBuilder cell)
    {
        End(row, cell);
        if (row is not [""])
        {
            rows.Add(row);
        }

        row = [];
    }
}

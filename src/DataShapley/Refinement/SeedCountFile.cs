using System.Text.Json.Nodes;

namespace DataShapley.Refinement;

/// <summary>Reads the accuracies that SHED's code appends to <c>count_file_{C}_{t}.txt</c>: a Python dictionary a line. Nothing is evaluated.</summary>
internal static class SeedCountFile
{
    // A line has about a hundred bytes, and there is one a group.
    private const long LongestFile = 64 << 20;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">How many evaluations an iteration has at most.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="RefinementException">A line is not what the code writes, or there are too many.</exception>
    public static async Task<List<double>> ReadAsync(string path, int most, CancellationToken cancellationToken)
    {
        long length = new FileInfo(path).Length;
        if (length > LongestFile)
        {
            throw Unreadable(path, 0, $"it has {length} bytes, where {LongestFile} are allowed");
        }

        List<double> values = [];
        long line = 0;
        await foreach (string text in File.ReadLinesAsync(path, cancellationToken).ConfigureAwait(false))
        {
            line++;
            if (string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            if (values.Count == most)
            {
                throw Unreadable(path, line, $"an iteration has {most} evaluations, and this is one more: either the groups were of another size, or a second run was appended, whose lines have to be taken out");
            }

            values.Add(Accuracy(path, line, text));
        }

        return values;
    }

    private static double Accuracy(string path, long line, string text)
    {
        if (!PythonLiteral.TryParse(text, out JsonNode? node, out int at) || node is not JsonObject evaluation)
        {
            throw Unreadable(path, line, $"it is no dictionary of Python literals (character {at + 1})");
        }

        if (!evaluation.ContainsKey("dataset_name") || evaluation["accuracy"] is not JsonValue accuracy || Number(accuracy) is not { } value)
        {
            throw Unreadable(path, line, "it lacks 'dataset_name', or an 'accuracy' that is a number");
        }

        return double.IsFinite(value) ? value : throw Unreadable(path, line, $"the accuracy is {value}, where it has to be finite");
    }

    private static double? Number(JsonValue value) => value.TryGetValue(out double real) ? real : value.TryGetValue(out long integer) ? integer : null;

    private static RefinementException Unreadable(string path, long line, string problem) => new(
        RefinementError.UnreadableFile, $"'{path}'{(line > 0 ? $", line {line}" : string.Empty)} is not what SHED's code counts: {problem}. Mend it, or take the iteration's files away to leave it out.", path, line: line);
}

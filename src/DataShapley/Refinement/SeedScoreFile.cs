using System.Buffers;
using System.Text.Json;
using DataShapley.Datasets;
using ModelTensors.Checkpoints;

namespace DataShapley.Refinement;

/// <summary>Writes and reads the scores that SHED's code samples by, <c>s{C}.json</c>: an array of <c>{"input": key, "score_sum": score}</c>, the highest first.</summary>
public static class SeedScoreFile
{
    private const string Key = "input";
    private const string Sum = "score_sum";

    /// <summary>Saves the values of a result under the names of its players; the file is there in full or not at all.</summary>
    /// <param name="result">The result. The code's own sums are those of <see cref="Estimators.GroupRemovalEstimator.SumsContributions"/>.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static void Save(ValuationResult result, string path)
    {
        ArgumentNullException.ThrowIfNull(result);
        Save([.. result.Values.Select((value, i) => new SeedScore(result.NameOf(i), value))], path);
    }

    /// <summary>Saves scores, also those that are 0; the file is there in full or not at all.</summary>
    /// <param name="scores">The scores in any order; equal ones keep theirs.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="ArgumentException">A score is not finite.</exception>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static void Save(IReadOnlyList<SeedScore> scores, string path)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (scores.FirstOrDefault(score => !double.IsFinite(score.Sum)) is { } wrong)
        {
            throw new ArgumentException($"The score of '{wrong.Key}' is {wrong.Sum}; scores are finite.", nameof(scores));
        }

        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Indented = true, IndentSize = 1 }))
        {
            writer.WriteStartArray();
            foreach (SeedScore score in scores.OrderByDescending(score => score.Sum))
            {
                writer.WriteStartObject();
                writer.WriteString(Key, score.Key);
                writer.WriteNumber(Sum, score.Sum);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        DurableFile.Write(path, buffer.WrittenSpan);
    }

    /// <summary>Loads scores.</summary>
    /// <param name="path">A file of <see cref="Save(IReadOnlyList{SeedScore}, string)"/> or of SHED's code.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The scores in the order of the file.</returns>
    /// <exception cref="DatasetException">The file is no JSON array of objects.</exception>
    /// <exception cref="RefinementException">An entry lacks its key or its score, or the score is not finite.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<IReadOnlyList<SeedScore>> LoadAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using Dataset entries = await Dataset.LoadAsync(path, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (entries.Layout.Format != DatasetFormat.JsonArray)
        {
            throw new DatasetException(DatasetError.UnexpectedFormat, $"'{path}' is no JSON array, as SHED's code writes its scores.", path, line: 1);
        }

        List<SeedScore> scores = [];
        await foreach (DatasetRecord entry in entries.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            using JsonDocument document = JsonDocument.Parse(entry.Bytes);
            bool isScore = document.RootElement.TryGetProperty(Key, out JsonElement key) && key.ValueKind == JsonValueKind.String
                && document.RootElement.TryGetProperty(Sum, out JsonElement sum) && sum.ValueKind == JsonValueKind.Number && double.IsFinite(sum.GetDouble());
            scores.Add(isScore
                ? new SeedScore(key.GetString()!, document.RootElement.GetProperty(Sum).GetDouble())
                : throw new RefinementException(
                    RefinementError.UnreadableFile, $"'{path}', line {entry.Line}: entry {entry.Index} lacks a text '{Key}' or a finite number '{Sum}'.", path, line: entry.Line));
        }

        return scores;
    }
}

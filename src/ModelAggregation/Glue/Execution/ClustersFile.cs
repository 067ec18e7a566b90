using System.Text.Json;
using ModelAggregation.Zoo;

namespace ModelAggregation.Glue.Execution;

/// <summary>What <c>clusters.json</c> says, which <see cref="ZooClusters.Save"/> has written.</summary>
internal sealed record ClustersFile(IReadOnlyList<ModelCluster> Clusters, SimilarityMatrix Similarity)
{
    public const string FileName = "clusters.json";

    /// <summary>Reads the file.</summary>
    /// <exception cref="GlueException">The file is no such JSON.</exception>
    public static ClustersFile Read(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            string[] models = Names(root.GetProperty("models"));
            double[,] values = new double[models.Length, models.Length];
            int row = 0;
            foreach (JsonElement line in root.GetProperty("similarity").EnumerateArray())
            {
                int column = 0;
                foreach (JsonElement value in line.EnumerateArray())
                {
                    values[row, column++] = value.ValueKind is JsonValueKind.Null ? double.NaN : value.GetDouble();
                }

                row++;
            }

            return new ClustersFile(
                [.. root.GetProperty("clusters").EnumerateArray().Select(cluster => new ModelCluster(Names(cluster.GetProperty("models"))) { ArchitectureKey = cluster.GetProperty("architecture").GetString() })],
                new SimilarityMatrix(models, values));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException or IndexOutOfRangeException)
        {
            // What JsonElement throws where a property is missing or of another type, and arrays where a row is too long.
            throw new GlueException(GlueError.ArtefactInvalid, $"'{path}' holds no clusters: {error.Message}", path, error);
        }
    }

    private static string[] Names(JsonElement names) => [.. names.EnumerateArray().Select(name => name.GetString() ?? throw new FormatException("A name is null."))];
}

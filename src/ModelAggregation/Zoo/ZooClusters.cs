using System.Buffers;
using System.Text.Json;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Zoo;

/// <summary>Which models of a zoo can be merged with which: first by architecture, then by how alike they are.</summary>
public sealed class ZooClusters
{
    private ZooClusters(ModelZoo zoo, SimilarityMatrix similarity, IReadOnlyList<ModelCluster> clusters)
    {
        Zoo = zoo;
        Similarity = similarity;
        Clusters = clusters;
    }

    /// <summary>Gets the zoo.</summary>
    public ModelZoo Zoo { get; }

    /// <summary>Gets how alike the models are; NaN for models of different architectures, which are not compared.</summary>
    public SimilarityMatrix Similarity { get; }

    /// <summary>Gets the clusters: every model is in one, alone if need be. In the order of their first models.</summary>
    public IReadOnlyList<ModelCluster> Clusters { get; }

    /// <summary>Compares the models of each architecture and finds the clusters.</summary>
    /// <param name="zoo">The zoo.</param>
    /// <param name="similarity">How to compare; the defaults when null.</param>
    /// <param name="clustering">Which models make a cluster; the defaults when null.</param>
    /// <param name="cacheFolder">Where similarities are kept, a file for each architecture; nowhere when null.</param>
    /// <param name="progress">Told how far the comparison of an architecture's models is.</param>
    /// <param name="cancellationToken">Stops the comparison between tiles.</param>
    /// <exception cref="ZooException">Models of one architecture cannot be compared, or a kept file is damaged.</exception>
    public static ZooClusters Find(
        ModelZoo zoo,
        SimilarityOptions? similarity = null,
        ClusteringOptions? clustering = null,
        string? cacheFolder = null,
        IProgress<SimilarityProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(zoo);
        string[] names = [.. zoo.Models.Select(model => model.Name)];
        double[,] values = new double[names.Length, names.Length];
        for (int row = 0; row < names.Length; row++)
        {
            for (int column = 0; column < names.Length; column++)
            {
                values[row, column] = row == column ? 1 : double.NaN;
            }
        }

        List<ModelCluster> clusters = [];
        foreach (IGrouping<string, string> family in zoo.Models.GroupBy(model => model.ArchitectureKey, model => model.Name, StringComparer.Ordinal))
        {
            SimilarityMatrix matrix = Compare(zoo.Select(family), family.Key, similarity, cacheFolder, progress, cancellationToken);
            int[] places = [.. family.Select(name => Array.IndexOf(names, name))];
            for (int row = 0; row < places.Length; row++)
            {
                for (int column = 0; column < places.Length; column++)
                {
                    values[places[row], places[column]] = matrix[row, column];
                }
            }

            clusters.AddRange(ModelClustering.Cluster(matrix, clustering).Select(cluster => cluster with { ArchitectureKey = family.Key }));
        }

        return new ZooClusters(zoo, new SimilarityMatrix(names, values), [.. clusters.OrderBy(cluster => Array.IndexOf(names, cluster.Models[0]))]);
    }

    /// <summary>Saves the clusters and the matrix as JSON; the file is there in full or not at all. What was not compared is null.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            WriteNames(json, "models", Similarity.Models);
            json.WriteStartArray("clusters");
            foreach (ModelCluster cluster in Clusters)
            {
                json.WriteStartObject();
                json.WriteString("architecture", cluster.ArchitectureKey);
                WriteNames(json, "models", cluster.Models);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("similarity");
            foreach (IReadOnlyList<double> row in Similarity.ToRows())
            {
                WriteRow(json, row);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        DurableFile.Write(path, buffer.WrittenSpan);
    }

    private static SimilarityMatrix Compare(
        ModelZoo family, string key, SimilarityOptions? options, string? cacheFolder, IProgress<SimilarityProgress>? progress, CancellationToken cancellationToken) =>
        cacheFolder is null
            ? ZooSimilarity.Compute(family, options, progress, cancellationToken).ToMatrix()
            : ZooSimilarity.LoadOrCompute(family, Path.Combine(cacheFolder, $"similarity-{key}.json"), options, progress, cancellationToken).ToMatrix();

    private static void WriteNames(Utf8JsonWriter json, string property, IEnumerable<string> names)
    {
        json.WriteStartArray(property);
        foreach (string name in names)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }

    private static void WriteRow(Utf8JsonWriter json, IEnumerable<double> row)
    {
        json.WriteStartArray();
        foreach (double value in row)
        {
            if (double.IsNaN(value))
            {
                json.WriteNullValue();
            }
            else
            {
                json.WriteNumberValue(value);
            }
        }

        json.WriteEndArray();
    }
}

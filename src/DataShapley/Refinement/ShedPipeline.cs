using System.Buffers;
using System.Globalization;
using System.Text.Json;
using DataShapley.Clustering;
using DataShapley.Datasets;
using DataShapley.Games;
using DataShapley.Results;
using Microsoft.Extensions.AI;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;

namespace DataShapley.Refinement;

/// <summary>SHED (He et al., arXiv 2405.00705): clusters the records of a data set, values one proxy of each cluster, and samples records by these values. Each stage is usable alone.</summary>
/// <remarks>
/// A stage leaves a file in the folder and takes it from there the next time, if it was made of the same data with the same settings: <c>clusters.json</c>,
/// <c>values.json</c>, and <c>selection.json</c> beside the evaluations in <c>evaluations.jsonl</c>, so that an interrupted run goes on. Where the paper's code and
/// the paper differ we follow the paper: a proxy is a member of its cluster, values are means, what decides identity is the index.
/// </remarks>
/// <param name="dataset">The data set.</param>
/// <param name="folder">The folder; it is made where it is not there.</param>
/// <param name="device">Multiplies.</param>
/// <param name="options">The settings; the defaults when null.</param>
public sealed class ShedPipeline(Dataset dataset, string folder, TensorDevice device, ShedOptions? options = null)
{
    private readonly Dataset _dataset = dataset ?? throw new ArgumentNullException(nameof(dataset));
    private readonly TensorDevice _device = device ?? throw new ArgumentNullException(nameof(device));
    private readonly string _folder = folder ?? throw new ArgumentNullException(nameof(folder));

    /// <summary>Gets the settings.</summary>
    public ShedOptions Options { get; } = options ?? new ShedOptions();

    /// <summary>Gets the path of the clusters.</summary>
    public string ClustersPath => Path.Combine(_folder, "clusters.json");

    /// <summary>Gets the path of the values: <see cref="ValuationFile.Load"/> reads them, for another model or another selection.</summary>
    public string ValuesPath => Path.Combine(_folder, "values.json");

    /// <summary>Gets the path of what was chosen and how.</summary>
    public string SelectionPath => Path.Combine(_folder, "selection.json");

    /// <summary>Embeds and clusters the records, or loads what an earlier run left.</summary>
    /// <param name="embedder">What embeds; its model id tells it from others.</param>
    /// <param name="progress">Hears of each batch of embeddings.</param>
    /// <param name="cancellationToken">Stops the stage.</param>
    /// <exception cref="RefinementException">The file that is there is damaged, or of other data or settings.</exception>
    /// <exception cref="EmbeddingException">An embedding is not finite.</exception>
    public async Task<RecordClusters> ClusterAsync(
        IEmbeddingGenerator<string, Embedding<float>> embedder, IProgress<EmbeddingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        string fingerprint = await _dataset.FingerprintAsync(cancellationToken).ConfigureAwait(false);
        string model = (embedder.GetService(typeof(EmbeddingGeneratorMetadata)) as EmbeddingGeneratorMetadata)?.DefaultModelId ?? embedder.GetType().Name;

        // The number of threads changes no result.
        string settings = $"template {Options.Template}; embedder {model}; {Options.Clustering with { Threads = 1 }}";
        if (File.Exists(ClustersPath))
        {
            RecordClusters found = ClusterFile.Load(ClustersPath);
            return Same(found.DatasetFingerprint, fingerprint) && Same(found.Settings, settings)
                ? found
                : throw OtherRun(ClustersPath, $"{found.DatasetFingerprint}; {found.Settings}", $"{fingerprint}; {settings}");
        }

        using HostTensor matrix = await TextEmbedding.EmbedAsync(
            embedder, _dataset.ReadAsync(cancellationToken).Select(Options.Template.Render), _dataset.Count, Options.BatchSize, progress, cancellationToken).ConfigureAwait(false);
        EmbeddingRows rows = EmbeddingRows.Of(matrix);
        ClusterAssignment assignment = new KMeans(_device, Options.Clustering).Cluster(rows, cancellationToken: cancellationToken);
        IReadOnlyList<Proxy> proxies = Proxies.Select(rows, assignment, _device, new ProxyOptions { Threads = Options.Clustering.Threads }, cancellationToken);
        RecordClusters clusters = RecordClusters.Create(assignment, proxies) with { DatasetFingerprint = fingerprint, Settings = settings };
        Directory.CreateDirectory(_folder);
        ClusterFile.Save(clusters, ClustersPath);
        return clusters;
    }

    /// <summary>Values the proxies, or loads what an earlier run left. Evaluations are journaled, so that an interrupted run goes on.</summary>
    /// <param name="utility">What coalitions of proxies are worth; player i is the proxy of cluster i.</param>
    /// <param name="progress">Is told how far the run is.</param>
    /// <param name="cancellationToken">Stops the stage.</param>
    /// <exception cref="RefinementException">The file that is there is of another utility, estimator, budget, stopping rule, policy for failures or seed.</exception>
    /// <exception cref="ValuationException">The game or the budget does not suit the estimator, or the file is damaged.</exception>
    /// <exception cref="UtilityException">An evaluation failed, and the policy is to throw.</exception>
    public async Task<ValuationResult> ScoreAsync(IUtility utility, IProgress<ValuationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(utility);
        ValuationRecipe recipe = Options.Valuation;

        // Everything that decides when it ends and what a failure counts for.
        string settings = string.Create(
            CultureInfo.InvariantCulture,
            $"{recipe.Estimator}; budget {recipe.Budget}; stop {recipe.Stop}; exceptions {recipe.Evaluation.OnException}; not finite {recipe.Evaluation.OnNotFinite}; empty {recipe.Evaluation.EmptyValue}");
        if (File.Exists(ValuesPath))
        {
            ValuationResult found = ValuationFile.Load(ValuesPath);
            return Same(found.Utility, utility.Id) && Same(found.Settings, settings) && found.Seed == recipe.Seed
                ? found
                : throw OtherRun(ValuesPath, $"{found.Utility}; {found.Settings}; seed {found.Seed}", $"{utility.Id}; {settings}; seed {recipe.Seed}");
        }

        Directory.CreateDirectory(_folder);
        if (recipe.Evaluation.JournalPath is null && utility.IsDeterministic)
        {
            recipe = recipe with { Evaluation = recipe.Evaluation with { JournalPath = Path.Combine(_folder, "evaluations.jsonl") } };
        }

        ValuationResult result = await new DataValuator().ValueAsync(utility, recipe, progress, cancellationToken).ConfigureAwait(false) with { Settings = settings };
        ValuationFile.Save(result, ValuesPath);
        return result;
    }

    /// <summary>Chooses records by the values of their clusters and writes them in the container of the data set, each with the bytes it has there.</summary>
    /// <param name="clusters">The clusters.</param>
    /// <param name="values">The values of the proxies; those of another model may be used.</param>
    /// <param name="path">The file to write; one that is there is replaced.</param>
    /// <param name="cancellationToken">Stops the stage.</param>
    /// <returns>The indices of the records, in the order in which they are written.</returns>
    /// <exception cref="RefinementException">There is not one value for each cluster, or the clusters are of another number of records.</exception>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public async Task<IReadOnlyList<int>> SampleAsync(RecordClusters clusters, ValuationResult values, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clusters);
        ArgumentNullException.ThrowIfNull(values);
        if (clusters.Labels.Count != _dataset.Count)
        {
            throw new RefinementException(RefinementError.OtherClusters, $"The clusters are of {clusters.Labels.Count} records, the data set has {_dataset.Count}.");
        }

        int count = Options.Count ?? (int)((_dataset.Count + 9L) / 10);
        int[] chosen = Options.Sampler.Sample(clusters.WithScores(values.Values, Options.Order), count, Options.Seed);
        await _dataset.WriteAsync(path, chosen, cancellationToken).ConfigureAwait(false);
        Directory.CreateDirectory(_folder);
        DurableFile.Write(SelectionPath, Manifest(clusters, values, path, chosen));
        return chosen;
    }

    private static bool Same(string a, string? b) => string.Equals(a, b, StringComparison.Ordinal);

    private static RefinementException OtherRun(string path, string found, string wanted) =>
        new(RefinementError.OtherRun, $"'{path}' was made of ({found}), not of ({wanted}). Delete it to make it anew, or use another folder.", path);

    private ReadOnlySpan<byte> Manifest(RecordClusters clusters, ValuationResult values, string path, int[] chosen)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Indented = true, IndentSize = 1 }))
        {
            writer.WriteStartObject();
            writer.WriteString("format", "datashapley.selection");
            writer.WriteNumber("version", 1);
            writer.WriteString("input", _dataset.Name);
            writer.WriteString("dataset", clusters.DatasetFingerprint);
            writer.WriteNumber("skipped", _dataset.Skipped);
            writer.WriteString("clusters", clusters.Settings);
            writer.WriteString("utility", values.Utility);
            writer.WriteString("estimator", values.Settings);
            writer.WriteNumber("estimatorSeed", values.Seed);
            writer.WriteString("sampler", Options.Sampler.ToString());
            writer.WriteNumber("seed", Options.Seed);
            writer.WriteString("order", Options.Order == MemberOrder.NearestFirst ? "nearest_first" : "file_order");
            writer.WriteString("output", path);
            writer.WriteStartArray("records");
            foreach (int record in chosen)
            {
                writer.WriteNumberValue(record);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }
}

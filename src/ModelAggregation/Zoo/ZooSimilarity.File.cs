using ModelTensors.Checkpoints;

namespace ModelAggregation.Zoo;

/// <content>Keeping similarities in a file.</content>
public sealed partial class ZooSimilarity
{
    /// <summary>Takes the similarities from a file when it was made of the same models, files and options; else computes them and saves them there.</summary>
    /// <param name="zoo">The zoo; its models have one architecture.</param>
    /// <param name="path">The JSON file; one of other models is replaced. Models that are not files alone are compared every time and not saved.</param>
    /// <param name="options">How to compare; the defaults when null.</param>
    /// <param name="progress">Told how far a comparison is.</param>
    /// <param name="cancellationToken">Stops a comparison between tiles.</param>
    /// <remarks>Files are told apart by name, length, the hash of the header and the time of writing, as for merges that are continued.</remarks>
    /// <exception cref="ZooException">The models cannot be compared, or the file is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public static ZooSimilarity LoadOrCompute(
        ModelZoo zoo, string path, SimilarityOptions? options = null, IProgress<SimilarityProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(zoo);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new SimilarityOptions();
        string? key = SimilarityKey.Of(zoo, options);
        if (key is not null && File.Exists(path))
        {
            (ZooSimilarity saved, string of) = SimilarityJson.Read(File.ReadAllBytes(path), path);
            if (string.Equals(key, of, StringComparison.Ordinal))
            {
                return saved;
            }
        }

        ZooSimilarity computed = Compute(zoo, options, progress, cancellationToken);
        if (key is not null)
        {
            DurableFile.Write(path, SimilarityJson.Write(computed, key));
        }

        return computed;
    }

    /// <summary>Loads what <see cref="LoadOrCompute"/> or <see cref="Save"/> wrote, whatever has become of the models since.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ZooException">The file is damaged, or of another kind or version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ZooSimilarity Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return SimilarityJson.Read(File.ReadAllBytes(path), path).Similarity;
    }

    /// <summary>Saves the similarities as JSON: the matrix for people, and what each tensor adds to it.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DurableFile.Write(path, SimilarityJson.Write(this, string.Empty));
    }
}

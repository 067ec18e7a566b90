using ModelTensors.Checkpoints;
using RunKit;

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
    /// <remarks>
    /// Files are told apart by name, the hash of all that is in them, and the time of writing: asking reads them once. Each tensor that has been compared
    /// is kept beside the file, in one that ends in <c>.journal</c>, until all are: an interrupted comparison goes on where it was.
    /// </remarks>
    /// <exception cref="ZooException">The models cannot be compared, or the file is damaged.</exception>
    /// <exception cref="JournalException">Another process makes the same comparison, or the journal is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public static ZooSimilarity LoadOrCompute(
        ModelZoo zoo, string path, SimilarityOptions? options = null, IProgress<SimilarityProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(zoo);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new SimilarityOptions();
        string? key = SimilarityKey.Of(zoo, options, cancellationToken);
        if (key is not null && File.Exists(path))
        {
            (ZooSimilarity saved, string of) = SimilarityJson.Read(File.ReadAllBytes(path), path);
            if (string.Equals(key, of, StringComparison.Ordinal))
            {
                return saved;
            }
        }

        return key is null ? Compute(zoo, options, progress, cancellationToken) : ComputeResumably(zoo, path, key, options, progress, cancellationToken);
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

    private static ZooSimilarity ComputeResumably(
        ModelZoo zoo, string path, string key, SimilarityOptions options, IProgress<SimilarityProgress>? progress, CancellationToken cancellationToken)
    {
        string journalPath = path + ".journal";
        ZooSimilarity computed;
        using (RunJournal<SimilarityRecord> journal = OpenJournal(journalPath, key))
        {
            computed = Compute(zoo, options, journal, progress, cancellationToken);
            DurableFile.Write(path, SimilarityJson.Write(computed, key));
        }

        File.Delete(journalPath);
        return computed;
    }

    // What an interrupted comparison of other models has left is as out of date as the file would be.
    private static RunJournal<SimilarityRecord> OpenJournal(string path, string key)
    {
        try
        {
            return RunJournal.Open(path, key, SimilarityRecordJson.Default.SimilarityRecord);
        }
        catch (JournalException error) when (error.Error is JournalError.OtherRun)
        {
            File.Delete(path);
            return RunJournal.Open(path, key, SimilarityRecordJson.Default.SimilarityRecord);
        }
    }
}

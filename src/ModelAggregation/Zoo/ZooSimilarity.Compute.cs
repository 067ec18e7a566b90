using ModelAggregation.Merging.Planning;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;
using RunKit;

namespace ModelAggregation.Zoo;

/// <content>Reading the models.</content>
public sealed partial class ZooSimilarity
{
    /// <summary>Compares the models of a zoo, two by two.</summary>
    /// <param name="zoo">The zoo; its models have one architecture.</param>
    /// <param name="options">How to compare; the defaults when null.</param>
    /// <param name="progress">Told how far the comparison is.</param>
    /// <param name="cancellationToken">Stops the comparison between tiles.</param>
    /// <exception cref="ZooException">A tensor is missing in a model, has another shape, is not of floats or not finite, or no tensor is of the part that is compared.</exception>
    /// <exception cref="ModelDataException">A model cannot be read in full.</exception>
    public static ZooSimilarity Compute(ModelZoo zoo, SimilarityOptions? options = null, IProgress<SimilarityProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(zoo);
        ArgumentOutOfRangeException.ThrowIfZero(zoo.Models.Count, nameof(zoo));
        return Compute(zoo, options ?? new SimilarityOptions(), journal: null, progress, cancellationToken);
    }

    /// <summary>Compares models that are open.</summary>
    internal static ZooSimilarity Compute(
        IReadOnlyList<string> names,
        IReadOnlyList<TensorSet> models,
        TensorSet? baseModel,
        SimilarityOptions options,
        IProgress<SimilarityProgress>? progress,
        CancellationToken cancellationToken,
        RunJournal<SimilarityRecord>? journal = null)
    {
        string[] tensors = Compared(names, models, options.Part);
        using CpuDevice? own = options.CreateDevice();
        SimilarityPass pass = new(names, models, baseModel, options, options.Device ?? own!);

        // What does not fit is said before hours of reading.
        Array.ForEach(tensors, tensor => pass.Find(tensor));
        Dictionary<string, double[]> known = journal?.Records.ToDictionary(record => record.Tensor, record => record.Values, StringComparer.Ordinal) ?? [];
        List<TensorSimilarity> results = [];
        long bytes = 0;
        SessionOptions session = new() { BytesRead = read => Interlocked.Add(ref bytes, read), CancellationToken = cancellationToken };
        foreach (string tensor in tensors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (known.TryGetValue(tensor, out double[]? values) && values.Length == names.Count * (names.Count + 1) / 2)
            {
                results.Add(TensorSimilarity.FromLower(tensor, values, names.Count));
            }
            else
            {
                results.Add(new TensorSimilarity(tensor, pass.Run(tensor, session)));
                journal?.Append(new SimilarityRecord(tensor, [.. results[^1].Lower()]));
            }

            progress?.Report(new SimilarityProgress(tensor, results.Count, tensors.Length, Interlocked.Read(ref bytes)));
        }

        return new ZooSimilarity([.. names], options.Measure, options.Part, options.Base, results);
    }

    private static ZooSimilarity Compute(
        ModelZoo zoo, SimilarityOptions options, RunJournal<SimilarityRecord>? journal, IProgress<SimilarityProgress>? progress, CancellationToken cancellationToken)
    {
        List<TensorSet> opened = [];
        try
        {
            opened.AddRange(zoo.Models.Select(model => zoo.Resolver.Open(model.Name)));
            TensorSet? baseModel = options.Base is { } reference ? zoo.Resolver.Open(reference) : null;
            if (baseModel is not null)
            {
                opened.Add(baseModel);
            }

            ZooSimilarity similarity = Compute([.. zoo.Models.Select(model => model.Name)], opened[..zoo.Models.Count], baseModel, options, progress, cancellationToken, journal);
            opened.ForEach(model => model.EnsureUnchanged());
            return similarity;
        }
        finally
        {
            opened.ForEach(model => model.Dispose());
        }
    }

    // The first model's tensors, if no other has more. What follows from the configuration says nothing about what a model has learnt.
    private static string[] Compared(IReadOnlyList<string> names, IReadOnlyList<TensorSet> models, SimilarityPart part)
    {
        string[] tensors = [.. Of(models[0])];
        if (tensors.Length == 0)
        {
            throw new ZooException(ZooError.NothingToCompare, $"Model '{names[0]}' has no tensor of {part}: compare {SimilarityPart.All}.", names[0]);
        }

        HashSet<string> expected = new(tensors, StringComparer.Ordinal);
        for (int index = 1; index < models.Count; index++)
        {
            if (Of(models[index]).FirstOrDefault(name => !expected.Contains(name)) is { } surplus)
            {
                throw new ZooException(
                    ZooError.TensorMissing, $"Model '{names[0]}' has no tensor '{surplus}', which '{names[index]}' has: compare models of one architecture.", names[0], surplus);
            }
        }

        return tensors;

        IEnumerable<string> Of(TensorSet model) => model.Names.Where(name => IsOf(name, part) && !TensorNames.IsDerivedBuffer(name));
    }
}

using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

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
        options ??= new SimilarityOptions();
        List<TensorSet> opened = [];
        try
        {
            opened.AddRange(zoo.Models.Select(model => zoo.Resolver.Open(model.Name)));
            TensorSet? baseModel = options.Base is { } reference ? zoo.Resolver.Open(reference) : null;
            if (baseModel is not null)
            {
                opened.Add(baseModel);
            }

            ZooSimilarity similarity = Compute([.. zoo.Models.Select(model => model.Name)], opened[..zoo.Models.Count], baseModel, options, progress, cancellationToken);
            opened.ForEach(model => model.EnsureUnchanged());
            return similarity;
        }
        finally
        {
            opened.ForEach(model => model.Dispose());
        }
    }

    /// <summary>Compares models that are open.</summary>
    internal static ZooSimilarity Compute(
        IReadOnlyList<string> names, IReadOnlyList<TensorSet> models, TensorSet? baseModel, SimilarityOptions options, IProgress<SimilarityProgress>? progress, CancellationToken cancellationToken)
    {
        string[] tensors = [.. models[0].Names.Where(name => IsOf(name, options.Part))];
        if (tensors.Length == 0)
        {
            throw new ZooException(ZooError.NothingToCompare, $"Model '{names[0]}' has no tensor of {options.Part}: compare {SimilarityPart.All}.", names[0]);
        }

        using CpuDevice? own = options.CreateDevice();
        SimilarityPass pass = new(names, models, baseModel, options, options.Device ?? own!);
        List<TensorSimilarity> results = [];
        long bytes = 0;
        SessionOptions session = new() { BytesRead = read => Interlocked.Add(ref bytes, read), CancellationToken = cancellationToken };
        foreach (string tensor in tensors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            results.Add(new TensorSimilarity(tensor, pass.Run(tensor, session)));
            progress?.Report(new SimilarityProgress(tensor, results.Count, tensors.Length, Interlocked.Read(ref bytes)));
        }

        return new ZooSimilarity([.. names], options.Measure, options.Part, options.Base, results);
    }
}

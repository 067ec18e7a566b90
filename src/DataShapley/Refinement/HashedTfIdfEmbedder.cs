using Microsoft.Extensions.AI;

namespace DataShapley.Refinement;

/// <summary>Embeds texts without a model: words and characters in a row, weighted by tf-idf and hashed with signs to a fixed dimension, of length 1. Thread-safe.</summary>
/// <remarks>
/// <para>The weight of a feature that occurs c times is (1 + ln c) · idf, idf = 1 + ln((1 + N) / (1 + n)) of the N texts that were fitted, n of which have it, or 1 when none were.
/// n is counted in 2²⁰ buckets of the hash: features that share one count as one. A feature adds its weight, with a sign of its hash, to one dimension; the sum is
/// divided by its Euclidean length. A text without words is all zeros.</para>
/// <para>The embeddings are the same bits on every platform and for any number of threads. They know letters, not meaning: a sentence encoder clusters better.</para>
/// </remarks>
public sealed class HashedTfIdfEmbedder : IEmbeddingGenerator<string, Embedding<float>>
{
    private const int BucketBits = 20;

    private readonly int[] _textsWith;
    private readonly EmbeddingGeneratorMetadata _metadata;

    /// <summary>Creates an embedder whose features all have idf 1.</summary>
    /// <param name="options">The settings; the defaults when null.</param>
    public HashedTfIdfEmbedder(HashedTfIdfOptions? options = null)
        : this(options ?? new HashedTfIdfOptions(), [], 0)
    {
    }

    private HashedTfIdfEmbedder(HashedTfIdfOptions options, int[] textsWith, int fittedTexts)
    {
        Options = options;
        FittedTexts = fittedTexts;
        _textsWith = textsWith;
        _metadata = new EmbeddingGeneratorMetadata("DataShapley", defaultModelId: "hashed-tf-idf", defaultModelDimensions: options.Dimension);
    }

    /// <summary>Gets the settings.</summary>
    public HashedTfIdfOptions Options { get; }

    /// <summary>Gets the number of texts whose features were counted; 0 where idf is 1.</summary>
    public int FittedTexts { get; }

    /// <summary>Counts the features of a set of texts, of which no more than one is held.</summary>
    /// <param name="texts">The texts; their order does not matter.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <param name="cancellationToken">Stops between texts.</param>
    /// <returns>An embedder that knows how rare features are in this set.</returns>
    public static async Task<HashedTfIdfEmbedder> FitAsync(IAsyncEnumerable<string> texts, HashedTfIdfOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        options ??= new HashedTfIdfOptions();
        int[] textsWith = new int[1 << BucketBits];
        int[] lastText = new int[1 << BucketBits];
        int count = 0;
        await foreach (string text in texts.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            count = checked(count + 1);
            foreach ((ulong hash, _) in TextFeatures.Count(text, options))
            {
                // A text counts once in a bucket, however many of its features share it.
                int bucket = Bucket(hash);
                textsWith[bucket] += lastText[bucket] != count ? 1 : 0;
                lastText[bucket] = count;
            }
        }

        return new HashedTfIdfEmbedder(options, textsWith, count);
    }

    /// <summary>Embeds a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="destination">Gets the embedding: <see cref="HashedTfIdfOptions.Dimension"/> floats.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void Embed(string text, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (destination.Length != Options.Dimension)
        {
            throw new ArgumentException($"An embedding has {Options.Dimension} dimensions, the destination {destination.Length}.", nameof(destination));
        }

        double[] sums = new double[destination.Length];
        foreach ((ulong hash, int count) in TextFeatures.Count(text, Options))
        {
            double weight = (1 + PortableLogarithm.Of(count)) * InverseFrequency(hash);

            // The upper bits choose the dimension, the lowest the sign.
            int dimension = (int)Math.BigMul(hash, (ulong)sums.Length, out _);
            sums[dimension] += (hash & 1) != 0 ? -weight : weight;
        }

        double square = 0;
        foreach (double sum in sums)
        {
            square += sum * sum;
        }

        double length = Math.Sqrt(square);
        for (int i = 0; i < sums.Length; i++)
        {
            destination[i] = length > 0 ? (float)(sums[i] / length) : 0;
        }
    }

    /// <inheritdoc />
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (options?.Dimensions is { } dimensions && dimensions != Options.Dimension)
        {
            throw new ArgumentException($"{dimensions} dimensions are asked for; this embedder makes {Options.Dimension}.", nameof(options));
        }

        GeneratedEmbeddings<Embedding<float>> embeddings = [];
        foreach (string value in values)
        {
            cancellationToken.ThrowIfCancellationRequested();
            float[] vector = new float[Options.Dimension];
            Embed(value, vector);
            embeddings.Add(new Embedding<float>(vector) { ModelId = _metadata.DefaultModelId });
        }

        return Task.FromResult(embeddings);
    }

    /// <inheritdoc />
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>Does nothing: there is nothing to release.</summary>
    public void Dispose()
    {
    }

    private static int Bucket(ulong hash) => (int)((hash >> 1) & ((1UL << BucketBits) - 1));

    private double InverseFrequency(ulong hash) => FittedTexts == 0 ? 1 : 1 + PortableLogarithm.Of((1.0 + FittedTexts) / (1.0 + _textsWith[Bucket(hash)]));
}

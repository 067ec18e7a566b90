using Microsoft.Extensions.AI;
using ModelTensors;

namespace DataShapley.Refinement;

/// <summary>Embeds a stream of texts into one matrix.</summary>
public static class TextEmbedding
{
    /// <summary>Embeds texts in batches.</summary>
    /// <param name="generator">What embeds.</param>
    /// <param name="texts">The texts; no more than a batch of them is held.</param>
    /// <param name="count">The number of texts, at least 1.</param>
    /// <param name="batchSize">How many texts go to the generator at once, at least 1.</param>
    /// <param name="progress">Hears of each batch.</param>
    /// <param name="cancellationToken">Stops between batches, and the generator.</param>
    /// <returns>F32 of shape [count, dimensions], a row for each text in their order; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">There are more or fewer texts than said.</exception>
    /// <exception cref="InvalidOperationException">The generator gives more or fewer embeddings than texts, or embeddings of different lengths.</exception>
    public static async Task<HostTensor> EmbedAsync(
        IEmbeddingGenerator<string, Embedding<float>> generator,
        IAsyncEnumerable<string> texts,
        int count,
        int batchSize = 32,
        IProgress<EmbeddingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(generator);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        HostTensor? matrix = null;
        try
        {
            int done = 0;
            await foreach (string[] batch in texts.Chunk(batchSize).WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                if (batch.Length > count - done)
                {
                    throw new ArgumentException($"There are more texts than the {count} announced.", nameof(texts));
                }

                GeneratedEmbeddings<Embedding<float>> embeddings = await generator.GenerateAsync(batch, cancellationToken: cancellationToken).ConfigureAwait(false);
                matrix ??= new HostTensor(DataType.F32, new TensorShape(count, embeddings.Count > 0 ? embeddings[0].Vector.Length : 0));
                Copy(embeddings, batch.Length, matrix, done);
                done += batch.Length;
                progress?.Report(new EmbeddingProgress(done, count));
            }

            return done == count ? matrix! : throw new ArgumentException($"There are {done} texts, not the {count} announced.", nameof(texts));
        }
        catch
        {
            matrix?.Dispose();
            throw;
        }
    }

    private static void Copy(GeneratedEmbeddings<Embedding<float>> embeddings, int texts, HostTensor matrix, int firstRow)
    {
        if (embeddings.Count != texts)
        {
            throw new InvalidOperationException($"The generator gave {embeddings.Count} embeddings for {texts} texts.");
        }

        int dimension = (int)matrix.Shape[1];
        for (int i = 0; i < texts; i++)
        {
            ReadOnlySpan<float> vector = embeddings[i].Vector.Span;
            if (vector.Length != dimension)
            {
                throw new InvalidOperationException($"The embedding of text {firstRow + i} has {vector.Length} dimensions, those before {dimension}.");
            }

            vector.CopyTo(matrix.AsSpan<float>((long)(firstRow + i) * dimension, dimension));
        }
    }
}

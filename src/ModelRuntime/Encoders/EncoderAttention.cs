using ModelRuntime.Kernels;
using ModelTensors;
using ModelTensors.Devices;

namespace ModelRuntime.Encoders;

/// <summary>Attention of each token to all of its sequence, a head at a time: softmax(Q · Kᵀ / √d) · V.</summary>
internal sealed class EncoderAttention(EncoderConfig config, TensorDevice device, int threads)
{
    private readonly float _scale = (float)(1 / Math.Sqrt(config.HeadSize));

    /// <summary>Attends.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="projected">Queries, keys and values side by side, [tokens, 3 · hidden size].</param>
    /// <param name="attended">Gets what the heads give side by side, [tokens, hidden size].</param>
    /// <param name="cancellationToken">Stops it between heads.</param>
    public void Run(TokenBatch batch, HostTensor projected, HostTensor attended, CancellationToken cancellationToken)
    {
        int longest = batch.LongestLength;
        int jobs = batch.SequenceCount * config.HeadCount;
        if (threads == 1)
        {
            using HostTensor scores = Scores(longest);
            for (int job = 0; job < jobs; job++)
            {
                Attend(batch, job, projected, attended, scores, cancellationToken);
            }

            return;
        }

        Parallel.For(
            0,
            jobs,
            new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken },
            () => Scores(longest),
            (job, _, scores) =>
            {
                Attend(batch, job, projected, attended, scores, cancellationToken);
                return scores;
            },
            scores => scores.Dispose());
    }

    private static HostTensor Scores(int longest) => new(DataType.F32, new TensorShape(longest, longest));

    private void Attend(TokenBatch batch, int job, HostTensor projected, HostTensor attended, HostTensor buffer, CancellationToken cancellationToken)
    {
        int sequence = job / config.HeadCount;
        int column = job % config.HeadCount * config.HeadSize;
        int start = batch.StartOf(sequence);
        int length = batch.LengthOf(sequence);
        Matrix all = Matrix.Of(projected);
        Matrix queries = all.Block(start, column, length, config.HeadSize);
        Matrix keys = all.Block(start, config.HiddenSize + column, length, config.HeadSize);
        Matrix values = all.Block(start, (2 * config.HiddenSize) + column, length, config.HeadSize);
        Matrix scores = Matrix.Of(buffer).Block(0, 0, length, length);
        device.MatMul(queries, keys.Transposed, scores, _scale, cancellationToken: cancellationToken);
        for (int row = 0; row < length; row++)
        {
            RowPasses.Softmax(buffer.Row(row)[..length], 0, length);
        }

        device.MatMul(scores, values, Matrix.Of(attended).Block(start, column, length, config.HeadSize), cancellationToken: cancellationToken);
    }
}

using ModelRuntime.Kernels;
using ModelTensors;
using ModelTensors.Devices;

namespace ModelRuntime.Encoders;

/// <summary>The forward pass of an encoder with post-norm layers (Devlin et al., arXiv 1810.04805; Vaswani et al., arXiv 1706.03762, §3).</summary>
internal sealed class EncoderPass(EncoderConfig config, EncoderWeights weights, TensorDevice device, int threads)
{
    private readonly RowWork _rows = new(threads);
    private readonly EncoderAttention _attention = new(config, device, threads);

    public EncoderOutput Run(TokenBatch batch, EncoderForwardOptions options, CancellationToken cancellationToken)
    {
        int tokens = batch.TokenCount;
        List<HostTensor> kept = [];
        HostTensor states = New(tokens, config.HiddenSize);
        try
        {
            using HostTensor projected = New(tokens, 3 * config.HiddenSize);
            using HostTensor attended = New(tokens, config.HiddenSize);
            using HostTensor wide = New(tokens, config.IntermediateSize);
            using HostTensor narrow = New(tokens, config.HiddenSize);
            Embed(batch, options.TokenTypes, states);
            Keep(states, options, kept);
            foreach (EncoderLayer layer in weights.Layers)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Project(layer, states, projected, cancellationToken);
                _attention.Run(batch, projected, attended, cancellationToken);
                Multiply(attended, layer.Attended, Matrix.Of(narrow), cancellationToken);
                AddAndNormalize(narrow, layer.Attended.Bias, states, layer.AttentionNorm);
                Multiply(states, layer.Up, Matrix.Of(wide), cancellationToken);
                _rows.ForEach(tokens, row => EncoderActivationKernel.Apply(wide.Row(row), layer.Up.Bias, config.Activation));
                Multiply(wide, layer.Down, Matrix.Of(narrow), cancellationToken);
                AddAndNormalize(narrow, layer.Down.Bias, states, layer.OutputNorm);
                Keep(states, options, kept);
            }

            return new EncoderOutput(states, kept);
        }
        catch
        {
            new EncoderOutput(states, kept).Dispose();
            throw;
        }
    }

    public HostTensor Pool(TokenBatch batch, HostTensor states, EncoderPooling pooling)
    {
        HostTensor result = New(batch.SequenceCount, config.HiddenSize);
        if (pooling != EncoderPooling.Pooler)
        {
            _rows.ForEach(batch.SequenceCount, sequence => SequencePooling.Apply(states, batch.StartOf(sequence), batch.LengthOf(sequence), pooling, result.Row(sequence)));
            return result;
        }

        using HostTensor first = New(batch.SequenceCount, config.HiddenSize);
        _rows.ForEach(batch.SequenceCount, sequence => states.Row(batch.StartOf(sequence)).CopyTo(first.Row(sequence)));
        DenseWeights pooler = weights.Pooler!;
        Multiply(first, pooler, Matrix.Of(result), CancellationToken.None);
        _rows.ForEach(batch.SequenceCount, sequence => EncoderActivationKernel.Tanh(result.Row(sequence), pooler.Bias));
        return result;
    }

    private static HostTensor New(int rows, int columns) => new(DataType.F32, new TensorShape(rows, columns));

    private void Embed(TokenBatch batch, ReadOnlyMemory<int> types, HostTensor states)
    {
        Matrix words = Matrix.Of(weights.Words);
        Matrix positions = Matrix.Of(weights.Positions);
        Matrix segments = Matrix.Of(weights.TokenTypes);
        _rows.ForEach(batch.SequenceCount, sequence =>
        {
            float[] added = new float[config.HiddenSize];
            for (int i = 0; i < batch.LengthOf(sequence); i++)
            {
                int token = batch.StartOf(sequence) + i;
                Span<float> row = states.Row(token);
                words.CopyRow(batch.Tokens[token], row);
                segments.CopyRow(types.IsEmpty ? 0 : types.Span[token], added);
                Add(row, added);
                positions.CopyRow(config.FirstPosition + i, added);
                Add(row, added);
                LayerNormKernel.Apply(row, weights.EmbeddingNorm.Gain, weights.EmbeddingNorm.Bias, config.LayerNormEpsilon);
            }
        });
    }

    /// <summary>Queries, keys and values side by side.</summary>
    private void Project(EncoderLayer layer, HostTensor states, HostTensor projected, CancellationToken cancellationToken)
    {
        Matrix all = Matrix.Of(projected);
        DenseWeights[] parts = [layer.Query, layer.Key, layer.Value];
        for (int part = 0; part < parts.Length; part++)
        {
            Multiply(states, parts[part], all.Block(0, part * config.HiddenSize, all.Rows, config.HiddenSize), cancellationToken);
        }

        _rows.ForEach((int)all.Rows, row =>
        {
            for (int part = 0; part < parts.Length; part++)
            {
                Add(projected.Row(row).Slice(part * config.HiddenSize, config.HiddenSize), parts[part].Bias);
            }
        });
    }

    /// <summary>states = norm(states + (change + bias)).</summary>
    private void AddAndNormalize(HostTensor change, float[] bias, HostTensor states, NormWeights norm) => _rows.ForEach((int)states.Shape[0], row =>
    {
        Span<float> added = change.Row(row);
        Add(added, bias);
        Span<float> state = states.Row(row);
        Add(state, added);
        LayerNormKernel.Apply(state, norm.Gain, norm.Bias, config.LayerNormEpsilon);
    });

    private void Multiply(HostTensor left, DenseWeights right, Matrix result, CancellationToken cancellationToken) =>
        device.MatMul(Matrix.Of(left), Matrix.Of(right.Weight).Transposed, result, cancellationToken: cancellationToken);

    private static void Keep(HostTensor states, EncoderForwardOptions options, List<HostTensor> kept)
    {
        if (options.KeepsHiddenStates)
        {
            HostTensor copy = new(DataType.F32, states.Shape);
            kept.Add(copy);
            for (int row = 0; row < states.Shape[0]; row++)
            {
                states.Row(row).CopyTo(copy.Row(row));
            }
        }
    }

    private static void Add(Span<float> row, ReadOnlySpan<float> added)
    {
        for (int i = 0; i < row.Length; i++)
        {
            row[i] += added[i];
        }
    }
}

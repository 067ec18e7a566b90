using ModelRuntime.Decoders.Mixtures;
using ModelRuntime.Kernels;
using ModelRuntime.Training;
using ModelTensors;
using ModelTensors.Devices;

namespace ModelRuntime.Decoders;

/// <content>What is trained, and its gradients.</content>
public sealed partial class DecoderModel
{
    // The logits of as many tokens are held at once; a fixed number, so that sums do not depend on memory or threads.
    private const int LossRows = 256;

    /// <summary>Makes all weights parameters in F32.</summary>
    /// <returns>The parameters in the order of the modules; the model owns them. The same ones when it is called again.</returns>
    /// <exception cref="InvalidOperationException">Low-rank factors are attached, which are trained beside a frozen model.</exception>
    /// <exception cref="RuntimeException">The model is a mixture of experts (<see cref="RuntimeError.Unsupported"/>): they are trained before they are mixed.</exception>
    public IReadOnlyList<Parameter> TrainAll()
    {
        EnsureDense();
        return HasLora
            ? throw new InvalidOperationException("Low-rank factors are attached, which are trained beside a frozen model: detach them, or merge them into the weights, first.")
            : [.. _weights.All.Select(weight => weight.Train())];
    }

    /// <summary>Computes the cross entropy of labels.</summary>
    /// <remarks>Of a mixture that routes whole sequences, what stands before the first label of a sequence is its prompt.</remarks>
    /// <param name="batch">The sequences.</param>
    /// <param name="labels">For each token of the batch the one that comes next, or −1 where none is asked for.</param>
    /// <param name="cancellationToken">Stops the pass.</param>
    /// <exception cref="ArgumentException">There are more or fewer labels than tokens, or one is none of the vocabulary.</exception>
    public LossSum Loss(TokenBatch batch, ReadOnlySpan<int> labels, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        int[] rows = LabelledRows(batch, labels);
        Pass pass = Begin(batch, new ForwardOptions(), dropoutSeed: null, cancellationToken) with { Routing = Config.Mixture is null ? null : new PassRouting(PromptsBefore(batch, rows), kept: null) };
        Rows states = States(pass, kept: null);
        double total = 0;
        for (int start = 0; start < rows.Length; start += LossRows)
        {
            int[] chunk = rows[start..Math.Min(start + LossRows, rows.Length)];
            using HostTensor logits = Logits(states, chunk, cancellationToken);
            for (int i = 0; i < chunk.Length; i++)
            {
                Span<float> row = logits.AsSpan<float>((long)i * Config.VocabularySize, Config.VocabularySize);
                total += RowPasses.LogSum(row) - row[labels[chunk[i]]];
            }
        }

        _compute.Return(states);
        return new LossSum(total, rows.Length);
    }

    /// <summary>Computes the cross entropy of labels, and adds its gradients to those of the parameters.</summary>
    /// <param name="batch">The sequences.</param>
    /// <param name="labels">For each token of the batch the one that comes next, or −1 where none is learnt.</param>
    /// <param name="lossScale">What the summed loss is multiplied by before its gradient is taken: one over the number of labels for a mean.</param>
    /// <param name="dropoutSeed">The seed of what dropout drops, another for each step; null for the gradients of the model as it is, without dropout.</param>
    /// <param name="cancellationToken">Stops the pass; gradients are undefined then.</param>
    /// <returns>The loss, not scaled.</returns>
    /// <exception cref="ArgumentException">There are more or fewer labels than tokens, or one is none of the vocabulary.</exception>
    /// <exception cref="RuntimeException">The model is a mixture of experts (<see cref="RuntimeError.Unsupported"/>): they are trained before they are mixed.</exception>
    /// <exception cref="InvalidOperationException">Nothing is trained: neither <see cref="TrainAll"/> nor <see cref="AttachLora(LoraOptions, ulong)"/> was called.</exception>
    public LossSum AddGradients(TokenBatch batch, ReadOnlySpan<int> labels, double lossScale, ulong? dropoutSeed = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        DecoderLayer[] layers = DenseLayers;
        int firstTrained = Array.FindIndex(layers, layer => layer.Linears.Any(linear => linear.Factors is not null));
        bool trainsAll = Norm.Parameter is not null;
        if (firstTrained < 0 && !trainsAll)
        {
            throw new InvalidOperationException("Nothing of the model is trained: call TrainAll or AttachLora first.");
        }

        int[] rows = LabelledRows(batch, labels);
        Pass pass = Begin(batch, new ForwardOptions(), dropoutSeed, cancellationToken);
        Rows stream = Embed(batch);
        Stack<LayerTape> tapes = new();
        foreach (DecoderLayer layer in layers)
        {
            cancellationToken.ThrowIfCancellationRequested();
            tapes.Push(layer.ForwardKept(pass, stream));
        }

        Rows gradient = _compute.Rent(batch.TokenCount, Config.HiddenSize);
        LossSum loss = LossGradient(stream, rows, labels, lossScale, gradient, cancellationToken);
        for (int layer = layers.Length - 1; layer >= 0; layer--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            LayerTape tape = tapes.Pop();
            if (trainsAll || layer >= firstTrained)
            {
                layers[layer].Backward(pass, tape, gradient, needsInput: trainsAll || layer > firstTrained);
            }
            else
            {
                tape.Return();
            }
        }

        AddEmbeddingGradient(batch, gradient);
        _compute.Return(stream, gradient);
        return loss;
    }

    /// <summary>Computes the loss and the gradient of the residual stream behind the last layer, some rows at a time.</summary>
    private LossSum LossGradient(Rows stream, int[] rows, ReadOnlySpan<int> labels, double lossScale, Rows gradient, CancellationToken cancellationToken)
    {
        gradient.Span.Clear();
        double total = 0;
        for (int start = 0; start < rows.Length; start += LossRows)
        {
            int count = Math.Min(LossRows, rows.Length - start);
            Rows states = _compute.Rent(count, Config.HiddenSize);
            Rows normal = _compute.Rent(count, Config.HiddenSize);
            Rows logits = _compute.Rent(count, Config.VocabularySize);
            for (int i = 0; i < count; i++)
            {
                stream.Row(rows[start + i]).CopyTo(states.Row(i));
            }

            Normalize(states, normal);
            _compute.Device.MatMul(normal.Matrix, Matrix.Of(Head.Value).Transposed, logits.Matrix, cancellationToken: cancellationToken);
            double[] losses = new double[count];
            int[] chunk = [.. rows.AsSpan(start, count)];
            for (int i = 0; i < count; i++)
            {
                chunk[i] = labels[chunk[i]];
            }

            _compute.For(count, Config.VocabularySize, i => losses[i] = RowPasses.CrossEntropy(logits.Row(i), chunk[i], lossScale), cancellationToken);
            total += losses.Sum();
            if (Head.Parameter is { } head)
            {
                _compute.Device.MatMul(logits.Matrix.Transposed, normal.Matrix, Matrix.Of(head.Gradient), 1, 1, cancellationToken);
            }

            Rows given = _compute.Rent(count, Config.HiddenSize);
            _compute.Device.MatMul(logits.Matrix, Matrix.Of(Head.Value), given.Matrix, cancellationToken: cancellationToken);
            if (Norm.Parameter is { } norm)
            {
                RowPasses.AddNormWeightGradient(states, given, norm.Gradient.AsSpan<float>(0, Config.HiddenSize), Config.NormEpsilon);
            }

            RowPasses.NormalizeBackward(states, Norm.Singles, given, given, Config.NormEpsilon, adds: false, 0, count);
            for (int i = 0; i < count; i++)
            {
                given.Row(i).CopyTo(gradient.Row(rows[start + i]));
            }

            _compute.Return(states, normal, logits, given);
        }

        return new LossSum(total, rows.Length);
    }

    private void AddEmbeddingGradient(TokenBatch batch, Rows gradient)
    {
        if (Embedding.Parameter is not { } embedding)
        {
            return;
        }

        for (int row = 0; row < batch.TokenCount; row++)
        {
            Span<float> to = embedding.Gradient.AsSpan<float>((long)batch.Tokens[row] * Config.HiddenSize, Config.HiddenSize);
            RowPasses.Add(gradient.Row(row), to);
        }
    }

    private int[] LabelledRows(TokenBatch batch, ReadOnlySpan<int> labels)
    {
        if (labels.Length != batch.TokenCount)
        {
            throw new ArgumentException($"There are {labels.Length} labels for {batch.TokenCount} tokens.", nameof(labels));
        }

        List<int> rows = [];
        for (int row = 0; row < labels.Length; row++)
        {
            if (labels[row] >= Config.VocabularySize || labels[row] < -1)
            {
                throw new ArgumentException($"Label {labels[row]} is neither -1 nor one of the model's {Config.VocabularySize} tokens.", nameof(labels));
            }

            if (labels[row] >= 0)
            {
                rows.Add(row);
            }
        }

        return [.. rows];
    }

    /// <summary>Returns how many tokens of each sequence stand before its first label; all of them where there is none.</summary>
    private static int[] PromptsBefore(TokenBatch batch, int[] rows) =>
    [
        .. Enumerable.Range(0, batch.SequenceCount).Select(sequence =>
        {
            int first = Array.BinarySearch(rows, batch.StartOf(sequence));
            first = first < 0 ? ~first : first;
            return first < rows.Length && rows[first] < batch.StartOf(sequence + 1) ? rows[first] - batch.StartOf(sequence) + 1 : batch.LengthOf(sequence);
        }),
    ];
}

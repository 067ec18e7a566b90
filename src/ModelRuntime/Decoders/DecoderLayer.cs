using ModelRuntime.Kernels;

namespace ModelRuntime.Decoders;

/// <summary>A layer: attention and a gated feed-forward block, each behind a norm and added to the residual stream.</summary>
internal sealed class DecoderLayer(DecoderConfig config, int index)
{
    public required Weight AttentionNorm { get; init; }

    public required Weight FeedForwardNorm { get; init; }

    /// <summary>Gets the weights of the norm of queries, head by head; null in most models.</summary>
    public required Weight? QueryNorm { get; init; }

    public required Weight? KeyNorm { get; init; }

    public required Linear Query { get; init; }

    public required Linear Key { get; init; }

    public required Linear Value { get; init; }

    public required Linear Output { get; init; }

    public required Linear Gate { get; init; }

    public required Linear Up { get; init; }

    public required Linear Down { get; init; }

    public IEnumerable<Linear> Linears => [Query, Key, Value, Output, Gate, Up, Down];

    /// <summary>Adds attention and the feed-forward block to the residual stream.</summary>
    /// <returns>What a backward pass needs, where it is wanted.</returns>
    public LayerTape? Forward(Pass pass, Rows stream, bool keepsTape)
    {
        Compute compute = pass.Compute;
        int count = stream.Count;
        Rows? input = keepsTape ? Copy(compute, stream) : null;
        Rows normal = compute.Rent(count, config.HiddenSize);
        Normalize(compute, stream, AttentionNorm, normal);
        Rows queries = compute.Rent(count, config.QuerySize);
        Rows keys = compute.Rent(count, config.KeyValueSize);
        Rows values = compute.Rent(count, config.KeyValueSize);
        Query.Forward(pass, normal, queries);
        Key.Forward(pass, normal, keys);
        Value.Forward(pass, normal, values);
        Rows? rawQueries = keepsTape && QueryNorm is not null ? Copy(compute, queries) : null;
        Rows? rawKeys = keepsTape && KeyNorm is not null ? Copy(compute, keys) : null;
        NormalizeHeads(compute, queries, QueryNorm);
        NormalizeHeads(compute, keys, KeyNorm);
        pass.Rotary.Rotate(compute, queries, pass.Positions, isInverse: false);
        pass.Rotary.Rotate(compute, keys, pass.Positions, isInverse: false);
        Rows attended = compute.Rent(count, config.QuerySize);
        Attention.Forward(pass, config, index, queries, keys, values, attended);
        Output.Forward(pass, attended, stream, adds: true);

        Rows? middle = keepsTape ? Copy(compute, stream) : null;
        Normalize(compute, stream, FeedForwardNorm, normal);
        Rows gate = compute.Rent(count, config.IntermediateSize);
        Rows up = compute.Rent(count, config.IntermediateSize);
        Gate.Forward(pass, normal, gate);
        Up.Forward(pass, normal, up);
        Rows inner = keepsTape ? compute.Rent(count, config.IntermediateSize) : gate;
        compute.ForRows(count, config.IntermediateSize, (first, end) => RowPasses.Gate(gate, up, inner, first, end));
        Down.Forward(pass, inner, stream, adds: true);
        compute.Return(normal);
        if (!keepsTape)
        {
            compute.Return(queries, keys, values, attended, gate, up);
            return null;
        }

        compute.Return(inner);
        return new LayerTape(compute)
        {
            Input = input!,
            RawQueries = rawQueries,
            RawKeys = rawKeys,
            Queries = queries,
            Keys = keys,
            Values = values,
            Attended = attended,
            Middle = middle!,
            Gate = gate,
            Up = up,
        };
    }

    /// <summary>Turns the gradient of what the layer gave into that of its input, in place, and adds the gradients of what is trained.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="tape">What the forward pass kept; its memory is used and returned.</param>
    /// <param name="gradient">The gradient of the residual stream.</param>
    /// <param name="needsInput">Whether the gradient of the input is wanted: not below the first layer that is trained.</param>
    public void Backward(Pass pass, LayerTape tape, Rows gradient, bool needsInput)
    {
        BackwardFeedForward(pass, tape, gradient);
        BackwardAttention(pass, tape, gradient, needsInput);
        tape.Return();
    }

    private void BackwardFeedForward(Pass pass, LayerTape tape, Rows gradient)
    {
        Compute compute = pass.Compute;
        int count = gradient.Count;
        Rows normal = compute.Rent(count, config.HiddenSize);
        Rows normalGradient = compute.Rent(count, config.HiddenSize);
        Rows inner = compute.Rent(count, config.IntermediateSize);
        Rows innerGradient = compute.Rent(count, config.IntermediateSize);
        Normalize(compute, tape.Middle, FeedForwardNorm, normal);
        compute.ForRows(count, config.IntermediateSize, (first, end) => RowPasses.Gate(tape.Gate, tape.Up, inner, first, end));
        Down.Backward(pass, inner, gradient, innerGradient);
        compute.ForRows(count, config.IntermediateSize, (first, end) => RowPasses.GateBackward(tape.Gate, tape.Up, innerGradient, first, end));
        Gate.Backward(pass, normal, tape.Gate, normalGradient);
        Up.Backward(pass, normal, tape.Up, normalGradient, adds: true);
        NormalizeBackward(compute, tape.Middle, FeedForwardNorm, normalGradient, gradient, adds: true);
        compute.Return(normal, normalGradient, inner, innerGradient);
    }

    private void BackwardAttention(Pass pass, LayerTape tape, Rows gradient, bool needsInput)
    {
        Compute compute = pass.Compute;
        int count = gradient.Count;
        Rows attendedGradient = compute.Rent(count, config.QuerySize);
        Rows queries = compute.Rent(count, config.QuerySize);
        Rows keys = compute.Rent(count, config.KeyValueSize);
        Rows values = compute.Rent(count, config.KeyValueSize);
        Output.Backward(pass, tape.Attended, gradient, attendedGradient);
        Attention.Backward(pass, config, index, tape.Queries, tape.Keys, tape.Values, attendedGradient, queries, keys, values);
        pass.Rotary.Rotate(compute, queries, pass.Positions, isInverse: true);
        pass.Rotary.Rotate(compute, keys, pass.Positions, isInverse: true);
        HeadsBackward(compute, tape.RawQueries, QueryNorm, queries);
        HeadsBackward(compute, tape.RawKeys, KeyNorm, keys);

        Rows normal = compute.Rent(count, config.HiddenSize);
        Rows normalGradient = compute.Rent(count, config.HiddenSize);
        Normalize(compute, tape.Input, AttentionNorm, normal);
        Rows? wanted = needsInput || AttentionNorm.Parameter is not null ? normalGradient : null;
        Query.Backward(pass, normal, queries, wanted);
        Key.Backward(pass, normal, keys, wanted, adds: true);
        Value.Backward(pass, normal, values, wanted, adds: true);
        if (wanted is not null)
        {
            NormalizeBackward(compute, tape.Input, AttentionNorm, normalGradient, gradient, adds: true);
        }

        compute.Return(attendedGradient, queries, keys, values, normal, normalGradient);
    }

    /// <summary>Turns the gradient of normalized heads into that of raw ones, in place.</summary>
    private void HeadsBackward(Compute compute, Rows? raw, Weight? norm, Rows gradient)
    {
        if (raw is not null && norm is not null)
        {
            NormalizeBackward(compute, raw, norm, gradient, gradient, adds: false);
        }
    }

    private void NormalizeBackward(Compute compute, Rows input, Weight norm, Rows outputGradient, Rows inputGradient, bool adds)
    {
        if (norm.Parameter is { } trained)
        {
            RowPasses.AddNormWeightGradient(input, outputGradient, trained.Gradient.AsSpan<float>(0, norm.Singles.Length), config.NormEpsilon);
        }

        compute.ForRows(
            input.Count,
            input.Columns,
            (first, end) => RowPasses.NormalizeBackward(input, norm.Singles, outputGradient, inputGradient, config.NormEpsilon, adds, first, end));
    }

    private void Normalize(Compute compute, Rows input, Weight norm, Rows output) =>
        compute.ForRows(input.Count, input.Columns, (first, end) => RowPasses.Normalize(input, norm.Singles, output, config.NormEpsilon, first, end));

    private void NormalizeHeads(Compute compute, Rows rows, Weight? norm)
    {
        if (norm is not null)
        {
            compute.ForRows(rows.Count, rows.Columns, (first, end) => RowPasses.NormalizeHeads(rows, norm.Singles, config.NormEpsilon, first, end));
        }
    }

    private static Rows Copy(Compute compute, Rows rows)
    {
        Rows copy = compute.Rent(rows.Count, rows.Columns);
        rows.CopyTo(copy);
        return copy;
    }
}

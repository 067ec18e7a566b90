namespace ModelRuntime.Decoders;

/// <summary>Attention behind a norm, added to the residual stream.</summary>
/// <param name="config">The shape of the layer.</param>
/// <param name="index">The layer.</param>
/// <param name="slot">Where a cache keeps its keys and values.</param>
/// <param name="rotary">The angles of positions.</param>
internal sealed class AttentionBlock(DecoderConfig config, int index, int slot, RotaryTable rotary)
{
    public required RmsNorm Norm { get; init; }

    /// <summary>Gets the norm of queries, head by head; null in most models.</summary>
    public required RmsNorm? QueryNorm { get; init; }

    public required RmsNorm? KeyNorm { get; init; }

    public required Linear Query { get; init; }

    public required Linear Key { get; init; }

    public required Linear Value { get; init; }

    public required Linear Output { get; init; }

    public IEnumerable<Linear> Linears => [Query, Key, Value, Output];

    private AttentionPlace Place => new(slot, config.WindowOf(index));

    /// <summary>Adds attention to the residual stream.</summary>
    /// <returns>What a backward pass needs, where it is wanted.</returns>
    public AttentionTape? Forward(Pass pass, Rows stream, bool keepsTape)
    {
        Compute compute = pass.Compute;
        int count = stream.Count;
        Rows? input = keepsTape ? compute.Copy(stream) : null;
        Rows normal = compute.Rent(count, config.HiddenSize);
        Norm.Forward(compute, stream, normal);
        Rows queries = compute.Rent(count, config.QuerySize);
        Rows keys = compute.Rent(count, config.KeyValueSize);
        Rows values = compute.Rent(count, config.KeyValueSize);
        Query.Forward(pass, normal, queries);
        Key.Forward(pass, normal, keys);
        Value.Forward(pass, normal, values);
        compute.Return(normal);
        Rows? rawQueries = keepsTape && QueryNorm is not null ? compute.Copy(queries) : null;
        Rows? rawKeys = keepsTape && KeyNorm is not null ? compute.Copy(keys) : null;
        QueryNorm?.ForwardHeads(compute, queries);
        KeyNorm?.ForwardHeads(compute, keys);
        rotary.Rotate(compute, queries, pass.Positions, isInverse: false);
        rotary.Rotate(compute, keys, pass.Positions, isInverse: false);
        Rows attended = compute.Rent(count, config.QuerySize);
        Attention.Forward(pass, config, Place, queries, keys, values, attended);
        Output.Forward(pass, attended, stream, adds: true);
        if (!keepsTape)
        {
            compute.Return(queries, keys, values, attended);
            return null;
        }

        return new AttentionTape(compute)
        {
            Input = input!,
            RawQueries = rawQueries,
            RawKeys = rawKeys,
            Queries = queries,
            Keys = keys,
            Values = values,
            Attended = attended,
        };
    }

    /// <summary>Turns the gradient of what attention gave into that of its input, in place, and adds the gradients of what is trained.</summary>
    public void Backward(Pass pass, AttentionTape tape, Rows gradient, bool needsInput)
    {
        Compute compute = pass.Compute;
        int count = gradient.Count;
        Rows attendedGradient = compute.Rent(count, config.QuerySize);
        Rows queries = compute.Rent(count, config.QuerySize);
        Rows keys = compute.Rent(count, config.KeyValueSize);
        Rows values = compute.Rent(count, config.KeyValueSize);
        Output.Backward(pass, tape.Attended, gradient, attendedGradient);
        Attention.Backward(pass, config, Place, tape.Queries, tape.Keys, tape.Values, attendedGradient, queries, keys, values);
        rotary.Rotate(compute, queries, pass.Positions, isInverse: true);
        rotary.Rotate(compute, keys, pass.Positions, isInverse: true);
        HeadsBackward(compute, tape.RawQueries, QueryNorm, queries);
        HeadsBackward(compute, tape.RawKeys, KeyNorm, keys);

        Rows normal = compute.Rent(count, config.HiddenSize);
        Rows normalGradient = compute.Rent(count, config.HiddenSize);
        Norm.Forward(compute, tape.Input, normal);
        Rows? wanted = needsInput || Norm.IsTrained ? normalGradient : null;
        Query.Backward(pass, normal, queries, wanted);
        Key.Backward(pass, normal, keys, wanted, adds: true);
        Value.Backward(pass, normal, values, wanted, adds: true);
        if (wanted is not null)
        {
            Norm.Backward(compute, tape.Input, normalGradient, gradient, adds: true);
        }

        compute.Return(attendedGradient, queries, keys, values, normal, normalGradient);
    }

    /// <summary>Turns the gradient of normalized heads into that of raw ones, in place.</summary>
    private static void HeadsBackward(Compute compute, Rows? raw, RmsNorm? norm, Rows gradient)
    {
        if (raw is not null && norm is not null)
        {
            norm.Backward(compute, raw, gradient, gradient, adds: false);
        }
    }
}

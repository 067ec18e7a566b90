using ModelRuntime.Kernels;

namespace ModelRuntime.Decoders.Mixtures;

/// <summary>Chooses experts: <c>logits = W x</c>, or <c>W₂ silu(W₁ x + b₁) + b₂</c>.</summary>
/// <param name="mixture">The shape of the mixture.</param>
/// <param name="layer">The layer of the router.</param>
/// <param name="first">The only matrix, or that of the first layer.</param>
/// <param name="second">The matrix of the second layer, if there are two.</param>
internal sealed class Router(MixtureConfig mixture, int layer, Linear first, Linear? second)
{
    public IEnumerable<Linear> Linears => second is null ? [first] : [first, second];

    // Where a cache keeps what was decided.
    private int Index => layer - mixture.DenseLayerCount;

    /// <summary>Decides for what the configuration says.</summary>
    public Routes Decide(Pass pass, Rows states)
    {
        Routes routes = mixture.RoutesSequences ? OfSequences(pass, states) : OfRows(pass, states);
        pass.Routing!.Keep(layer, mixture.RoutesSequences, routes);
        return routes;
    }

    private Routes OfRows(Pass pass, Rows states)
    {
        Rows logits = Logits(pass, states);
        Routes routes = new(states.Count, mixture.ExpertCount, mixture.ChosenCount);
        logits.Span.CopyTo(routes.Logits);
        pass.Compute.Return(logits);
        pass.Compute.ForRows(states.Count, mixture.ExpertCount * mixture.ChosenCount, (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                routes.Choose(row);
            }
        });
        return routes;
    }

    /// <summary>Decides for the sequences that begin, by their prompts; those that go on keep what was decided then.</summary>
    private Routes OfSequences(Pass pass, Rows states)
    {
        TokenBatch batch = pass.Batch;
        Routes routes = new(batch.SequenceCount, mixture.ExpertCount, mixture.ChosenCount);
        int[] beginning = [.. Enumerable.Range(0, batch.SequenceCount).Where(pass.Begins)];
        Routes? decided = beginning.Length > 0 ? OfPrompts(pass, states, beginning) : null;
        int next = 0;
        for (int sequence = 0; sequence < batch.SequenceCount; sequence++)
        {
            if (pass.Begins(sequence))
            {
                routes.CopyRow(sequence, decided!, next++);
                pass.Cache?.KeepRoute(pass.Cached(sequence), Index, routes, sequence);
            }
            else
            {
                routes.CopyRow(sequence, pass.Cache!.RouteOf(pass.Cached(sequence), Index), 0);
            }
        }

        return routes;
    }

    private Routes OfPrompts(Pass pass, Rows states, int[] sequences)
    {
        Rows pooled = pass.Compute.Rent(sequences.Length, states.Columns);
        for (int i = 0; i < sequences.Length; i++)
        {
            PromptPool.Apply(mixture.Pooling, states, pass.Batch.StartOf(sequences[i]), pass.Routing!.PromptOf(pass.Batch, sequences[i]), pooled.Row(i));
        }

        Routes routes = OfRows(pass, pooled);
        pass.Compute.Return(pooled);
        return routes;
    }

    private Rows Logits(Pass pass, Rows states)
    {
        Rows result = pass.Compute.Rent(states.Count, first.Outputs);
        first.Forward(pass, states, result);
        if (second is null)
        {
            return result;
        }

        Rows inner = result;
        result = pass.Compute.Rent(states.Count, second.Outputs);
        pass.Compute.ForRows(inner.Count, inner.Columns, (start, end) => RowPasses.Silu(inner, start, end));
        second.Forward(pass, inner, result);
        pass.Compute.Return(inner);
        return result;
    }
}

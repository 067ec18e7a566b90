namespace ModelAggregation.Mixture.Routers;

/// <summary>Pools the states of a sequence. Sums are in double, in the order of the tokens, and rounded once.</summary>
public static class RouterPoolingExtensions
{
    /// <summary>Pools the states of a sequence's tokens.</summary>
    /// <param name="pooling">How.</param>
    /// <param name="states">The states, token after token: [tokens, hidden].</param>
    /// <param name="mask">Which tokens take part, the others being padding; empty when all do.</param>
    /// <param name="pooled">Receives the pooled state: [hidden].</param>
    /// <exception cref="ArgumentException">The sizes do not fit together, or no token takes part.</exception>
    public static void Pool(this RouterPooling pooling, ReadOnlySpan<float> states, ReadOnlySpan<bool> mask, Span<float> pooled)
    {
        int hidden = pooled.Length;
        if (hidden == 0 || states.Length % hidden != 0 || (mask.Length != 0 && mask.Length != states.Length / hidden))
        {
            throw new ArgumentException($"{states.Length} numbers and a mask of {mask.Length} tokens are not the states of a sequence with a hidden size of {hidden}.", nameof(states));
        }

        double[] sums = new double[hidden];
        int count = 0;
        for (int token = 0; token < states.Length / hidden; token++)
        {
            if (!mask.IsEmpty && !mask[token])
            {
                continue;
            }

            ReadOnlySpan<float> state = states.Slice(token * hidden, hidden);
            if (pooling is RouterPooling.Mean)
            {
                for (int i = 0; i < hidden; i++)
                {
                    sums[i] += state[i];
                }
            }
            else if (pooling is RouterPooling.Last || count == 0)
            {
                state.CopyTo(pooled);
            }

            count++;
        }

        if (count == 0)
        {
            throw new ArgumentException("No token takes part: there is nothing to pool.", nameof(mask));
        }

        for (int i = 0; pooling is RouterPooling.Mean && i < hidden; i++)
        {
            pooled[i] = (float)(sums[i] / count);
        }
    }
}

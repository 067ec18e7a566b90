namespace ModelRuntime.Decoders.Mixtures;

/// <summary>Makes one state of those of a prompt's tokens; a mean is summed in double, token by token, and rounded once.</summary>
internal static class PromptPool
{
    public static void Apply(PromptPooling pooling, Rows states, int start, int length, Span<float> result)
    {
        if (pooling != PromptPooling.Mean)
        {
            states.Row(pooling == PromptPooling.First ? start : start + length - 1).CopyTo(result);
            return;
        }

        double[] sums = new double[result.Length];
        for (int token = start; token < start + length; token++)
        {
            ReadOnlySpan<float> state = states.Row(token);
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] += state[i];
            }
        }

        for (int i = 0; i < sums.Length; i++)
        {
            result[i] = (float)(sums[i] / length);
        }
    }
}

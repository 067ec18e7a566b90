using ModelTensors;

namespace ModelRuntime.Encoders;

/// <summary>Makes one vector of the hidden states of a sequence.</summary>
internal static class SequencePooling
{
    /// <summary>Pools; <see cref="EncoderPooling.Pooler"/> needs weights and is not done here.</summary>
    public static void Apply(HostTensor states, int start, int length, EncoderPooling pooling, Span<float> result)
    {
        states.Row(start).CopyTo(result);
        if (pooling == EncoderPooling.Mean)
        {
            Average(states, start, length, result);
        }
        else if (pooling == EncoderPooling.Max)
        {
            for (int row = start + 1; row < start + length; row++)
            {
                ReadOnlySpan<float> state = states.Row(row);
                for (int i = 0; i < result.Length; i++)
                {
                    result[i] = MathF.Max(result[i], state[i]);
                }
            }
        }
    }

    /// <summary>Divides a vector by its length; one of zeros stays.</summary>
    public static void Normalize(Span<float> vector)
    {
        double sum = 0;
        foreach (float value in vector)
        {
            sum += (double)value * value;
        }

        double norm = Math.Sqrt(sum);
        for (int i = 0; i < vector.Length && norm > 0; i++)
        {
            vector[i] = (float)(vector[i] / norm);
        }
    }

    private static void Average(HostTensor states, int start, int length, Span<float> result)
    {
        double[] sums = new double[result.Length];
        for (int row = start; row < start + length; row++)
        {
            ReadOnlySpan<float> state = states.Row(row);
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

using ModelTensors;

namespace ModelRuntime.Kernels;

/// <summary>Dropout as a function of a key and the element's index: backward passes draw the same mask again.</summary>
internal static class DropoutKernel
{
    /// <summary>Zeroes elements with the given probability and scales the others by 1 / (1 − probability).</summary>
    /// <param name="from">The elements.</param>
    /// <param name="to">Receives them; may be <paramref name="from"/>.</param>
    /// <param name="first">The index of the first element, a multiple of 128.</param>
    /// <param name="probability">In [0, 1).</param>
    /// <param name="key">The key of the mask.</param>
    /// <param name="adds">Whether to add to what is there.</param>
    public static void Apply(ReadOnlySpan<float> from, Span<float> to, long first, double probability, PhiloxKey key, bool adds)
    {
        int threshold = (int)Math.Round(probability * 65536);
        float scale = (float)(1 / (1 - probability));
        for (int i = 0; i < from.Length; i++)
        {
            float kept = Philox.Draw(first + i, key) < threshold ? 0 : from[i] * scale;
            to[i] = adds ? to[i] + kept : kept;
        }
    }
}

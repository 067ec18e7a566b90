using System.Runtime.Intrinsics;

namespace ModelRuntime.Kernels;

/// <summary>Rotary position embedding of one head in the rotate-half convention: pairs are elements i and i + size/2.</summary>
internal static unsafe class RotaryKernel
{
    /// <summary>Rotates a head in place.</summary>
    /// <param name="head">The head's elements.</param>
    /// <param name="cosines">size/2 cosines of the position's angles.</param>
    /// <param name="sines">size/2 sines.</param>
    /// <param name="half">Half the size of the head.</param>
    /// <param name="isInverse">Whether to rotate back, as gradients are.</param>
    public static void Rotate(float* head, float* cosines, float* sines, int half, bool isInverse)
    {
        for (int i = 0; i < half; i += Lanes.Count)
        {
            int rest = half - i;
            Vector512<float> cosine = Lanes.Load(cosines + i, rest);
            Vector512<float> sine = Lanes.Load(sines + i, rest);
            sine = isInverse ? -sine : sine;
            Vector512<float> first = Lanes.Load(head + i, rest);
            Vector512<float> second = Lanes.Load(head + half + i, rest);
            Lanes.Store(Vector512.FusedMultiplyAdd(first, cosine, -(second * sine)), head + i, rest);
            Lanes.Store(Vector512.FusedMultiplyAdd(second, cosine, first * sine), head + half + i, rest);
        }
    }
}

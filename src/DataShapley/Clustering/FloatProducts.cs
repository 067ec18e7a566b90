using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DataShapley.Clustering;

/// <summary>Inner products of a row with a few others in float, for passes that read each row once.</summary>
internal static class FloatProducts
{
    private const int Step = 16;

    /// <summary>Returns <c>Σ left_i · right_i</c> on sixteen chains and a fixed tree: the same bits on any vector width.</summary>
    public static float Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        ref float first = ref MemoryMarshal.GetReference(left);
        ref float second = ref MemoryMarshal.GetReference(right[..left.Length]);
        Vector512<float> even = Vector512<float>.Zero;
        Vector512<float> odd = Vector512<float>.Zero;
        int index = 0;
        for (; index <= left.Length - (2 * Step); index += 2 * Step)
        {
            even = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref first, (nuint)index), Vector512.LoadUnsafe(ref second, (nuint)index), even);
            odd = Vector512.FusedMultiplyAdd(
                Vector512.LoadUnsafe(ref first, (nuint)(index + Step)), Vector512.LoadUnsafe(ref second, (nuint)(index + Step)), odd);
        }

        Vector512<float> all = even + odd;
        Vector256<float> eight = all.GetLower() + all.GetUpper();
        Vector128<float> four = eight.GetLower() + eight.GetUpper();
        float sum = (four[0] + four[2]) + (four[1] + four[3]);
        for (; index < left.Length; index++)
        {
            sum = MathF.FusedMultiplyAdd(left[index], right[index], sum);
        }

        return sum;
    }
}

using System.Numerics;
using System.Runtime.InteropServices;

namespace DataShapley.Clustering;

/// <summary>One row of products, turned into scores <c>½‖c‖² − x·c</c>: half the squared distance less what is the same for all columns.</summary>
internal static class ScoreRow
{
    /// <summary>Overwrites products with scores.</summary>
    /// <returns>The least and the second least score; the second is infinite where there is one only.</returns>
    public static (float Least, float Second) Score(Span<float> products, ReadOnlySpan<float> halfNorms)
    {
        ref float values = ref MemoryMarshal.GetReference(products);
        ref float halves = ref MemoryMarshal.GetReference(halfNorms[..products.Length]);
        Vector<float> least = new(float.PositiveInfinity);
        Vector<float> second = least;
        int index = 0;
        for (; index <= products.Length - Vector<float>.Count; index += Vector<float>.Count)
        {
            Vector<float> score = Vector.LoadUnsafe(ref halves, (nuint)index) - Vector.LoadUnsafe(ref values, (nuint)index);
            score.StoreUnsafe(ref values, (nuint)index);
            second = Vector.Min(second, Vector.Max(least, score));
            least = Vector.Min(least, score);
        }

        float first = float.PositiveInfinity;
        float next = float.PositiveInfinity;
        for (int lane = 0; lane < Vector<float>.Count; lane++)
        {
            Push(least[lane], ref first, ref next);
            Push(second[lane], ref first, ref next);
        }

        for (; index < products.Length; index++)
        {
            products[index] = halfNorms[index] - products[index];
            Push(products[index], ref first, ref next);
        }

        return (first, next);
    }

    /// <summary>Finds the next score that is at most a limit, from an index on, or -1.</summary>
    public static int NextWithin(ReadOnlySpan<float> scores, float limit, int start)
    {
        Vector<float> bound = new(limit);
        int index = start;
        for (; index <= scores.Length - Vector<float>.Count; index += Vector<float>.Count)
        {
            if (Vector.LessThanOrEqualAny(new Vector<float>(scores[index..]), bound))
            {
                break;
            }
        }

        for (; index < scores.Length; index++)
        {
            if (scores[index] <= limit)
            {
                return index;
            }
        }

        return -1;
    }

    private static void Push(float score, ref float least, ref float second)
    {
        second = Math.Min(second, Math.Max(least, score));
        least = Math.Min(least, score);
    }
}

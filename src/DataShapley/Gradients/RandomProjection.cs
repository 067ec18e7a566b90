using DataShapley.Games;

namespace DataShapley.Gradients;

/// <summary>Projects long gradients to short ones whose inner products are the same in expectation (Johnson and Lindenstrauss): elements ±1/√k, a function of the seed and their place, never stored.</summary>
public sealed class RandomProjection
{
    private const int WordBits = 64;

    private readonly RandomStreams _signs;

    /// <summary>Creates a projection.</summary>
    /// <param name="dimension">The number of elements k to project to, above zero.</param>
    /// <param name="seed">The seed; gradients to be compared use one seed.</param>
    public RandomProjection(int dimension, ulong seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        Dimension = dimension;
        _signs = new RandomStreams(seed, "random projection");
    }

    /// <summary>Gets the number of elements that gradients are projected to.</summary>
    public int Dimension { get; }

    /// <summary>Projects a gradient, or adds the projection of a part of one, as layers come.</summary>
    /// <param name="gradient">The elements.</param>
    /// <param name="projected">Gets the projection added; k doubles, zeros at the beginning.</param>
    /// <param name="offset">The place of the first element in the whole gradient.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void Add(ReadOnlySpan<float> gradient, Span<double> projected, long offset = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (projected.Length != Dimension)
        {
            throw new ArgumentException($"The projection has {Dimension} elements; there is room for {projected.Length}.", nameof(projected));
        }

        double scale = 1 / Math.Sqrt(Dimension);
        for (int i = 0; i < gradient.Length; i++)
        {
            double value = gradient[i] * scale;
            for (int start = 0; start < Dimension; start += WordBits)
            {
                ulong signs = _signs.Word(offset + i, start / WordBits);
                int end = Math.Min(start + WordBits, Dimension);
                for (int j = start; j < end; j++, signs >>= 1)
                {
                    projected[j] += (signs & 1) == 0 ? value : -value;
                }
            }
        }
    }
}

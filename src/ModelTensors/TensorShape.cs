using System.Collections.Immutable;

namespace ModelTensors;

/// <summary>The dimensions of a tensor, outermost first, in C order. Immutable; dimensions and products are 64-bit.</summary>
public readonly struct TensorShape : IEquatable<TensorShape>
{
    private readonly ImmutableArray<long> _dimensions;
    private readonly long _elementCountLessOne;

    /// <summary>Creates a shape.</summary>
    /// <param name="dimensions">The dimensions, outermost first; none makes a scalar of one element, a zero makes an empty tensor.</param>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is negative, or their product does not fit 63 bits.</exception>
    public TensorShape(params ReadOnlySpan<long> dimensions)
    {
        if (!TryGetElementCount(dimensions, out long count))
        {
            throw new ArgumentOutOfRangeException(
                nameof(dimensions), $"Shape [{string.Join(", ", dimensions.ToArray())}] has a negative dimension or more elements than fit 63 bits.");
        }

        _dimensions = [.. dimensions];
        _elementCountLessOne = count - 1;
    }

    /// <summary>Gets the dimensions, outermost first; empty for a scalar.</summary>
    public ImmutableArray<long> Dimensions => _dimensions.IsDefault ? [] : _dimensions;

    /// <summary>Gets the number of dimensions.</summary>
    public int Rank => Dimensions.Length;

    /// <summary>Gets the number of elements: the product of the dimensions, 1 for a scalar.</summary>
    public long ElementCount => _elementCountLessOne + 1;

    /// <summary>Gets one dimension.</summary>
    /// <param name="index">The dimension's index, 0 for the outermost.</param>
    public long this[int index] => Dimensions[index];

    /// <summary>Compares two shapes, dimension by dimension.</summary>
    public static bool operator ==(TensorShape left, TensorShape right) => left.Equals(right);

    /// <summary>Compares two shapes, dimension by dimension.</summary>
    public static bool operator !=(TensorShape left, TensorShape right) => !left.Equals(right);

    /// <summary>Multiplies dimensions that come from an untrusted place.</summary>
    /// <param name="dimensions">The dimensions.</param>
    /// <param name="count">The number of elements.</param>
    /// <returns>False when a dimension is negative or the product does not fit 63 bits.</returns>
    public static bool TryGetElementCount(ReadOnlySpan<long> dimensions, out long count)
    {
        count = 0;
        if (dimensions.ContainsAnyInRange(long.MinValue, -1))
        {
            return false;
        }

        // A single zero makes the tensor empty, however large its other dimensions are.
        if (dimensions.Contains(0))
        {
            return true;
        }

        UInt128 product = 1;
        foreach (long dimension in dimensions)
        {
            product *= (ulong)dimension;
            if (product > long.MaxValue)
            {
                return false;
            }
        }

        count = (long)product;
        return true;
    }

    /// <inheritdoc />
    public bool Equals(TensorShape other) => Dimensions.AsSpan().SequenceEqual(other.Dimensions.AsSpan());

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is TensorShape other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (long dimension in Dimensions)
        {
            hash.Add(dimension);
        }

        return hash.ToHashCode();
    }

    /// <summary>Writes the shape as <c>[4096, 11008]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", Dimensions)}]";
}

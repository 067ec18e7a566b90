namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>Numbers of a declared range as elements of the ring of 64-bit integers, scaled by a power of two so that no sum over all clients can wrap.</summary>
internal sealed class FixedPoint
{
    private readonly PayloadTensor _tensor;
    private readonly int _exponent;

    public FixedPoint(PayloadTensor tensor, int clients)
    {
        _tensor = tensor;

        // clients · (range · 2^exponent + 1/2) < 2^63: the sum of all clients' elements fits, rounding included.
        _exponent = 61 - Math.ILogB(tensor.Range) - (int)Math.Ceiling(Math.Log2(clients));
    }

    /// <summary>Gets the distance between neighbouring encoded numbers; each client's are off by half of it at most.</summary>
    public double Step => Math.ScaleB(1, -_exponent);

    /// <summary>Encodes numbers, each rounded to the nearest step.</summary>
    /// <exception cref="FederationException">A number is NaN or outside the range.</exception>
    public void Encode(ReadOnlySpan<double> values, Span<ulong> elements)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!(Math.Abs(values[i]) <= _tensor.Range))
            {
                throw new FederationException(
                    FederationError.OutOfRange,
                    $"Element {i} of '{_tensor.Name}' is {values[i]:g6}; the round allows ±{_tensor.Range:g6}. Declare a larger range, or clip.",
                    module: _tensor.Name);
            }

            elements[i] = (ulong)(long)Math.Round(Math.ScaleB(values[i], _exponent));
        }
    }

    /// <summary>Decodes a sum, rounded once.</summary>
    public void Decode(ReadOnlySpan<ulong> elements, Span<double> values)
    {
        for (int i = 0; i < elements.Length; i++)
        {
            values[i] = Math.ScaleB((long)elements[i], -_exponent);
        }
    }
}

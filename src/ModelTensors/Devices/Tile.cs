namespace ModelTensors.Devices;

/// <summary>A run of consecutive elements of every input, widened to float.</summary>
public readonly unsafe ref struct Tile
{
    // Each points to Count floats, which stay in place while the tile exists.
    private readonly ReadOnlySpan<nint> _inputs;

    internal Tile(ReadOnlySpan<nint> inputs, long start, int count)
    {
        _inputs = inputs;
        Start = start;
        Count = count;
    }

    /// <summary>Gets the index of the first element in the tensor.</summary>
    public long Start { get; }

    /// <summary>Gets the number of elements.</summary>
    public int Count { get; }

    /// <summary>Gets the elements of one input.</summary>
    /// <param name="input">The input's index in the session.</param>
    public ReadOnlySpan<float> this[int input] => new((float*)_inputs[input], Count);
}

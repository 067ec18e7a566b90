namespace ModelTensors.Devices;

/// <summary>The settings of a pass over distances. None of them changes a distance.</summary>
public sealed record DistanceOptions
{
    /// <summary>Gets how many queries a tile holds; the last tile may hold fewer. A tile takes 4 bytes for each of its queries and each row, once for each thread.</summary>
    /// <value>0 by default: as the device likes it; not negative.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int QueriesPerTile
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }
}

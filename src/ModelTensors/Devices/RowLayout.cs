namespace ModelTensors.Devices;

/// <summary>The rows of a tensor: its elements along dimension 1. A vector or scalar is one row; beyond two dimensions the elements of a row lie apart.</summary>
internal readonly record struct RowLayout
{
    public RowLayout(TensorShape shape)
    {
        if (shape.Rank < 2)
        {
            (Blocks, Length, Stride) = (1, shape.ElementCount, 1);
            return;
        }

        (Blocks, Length, Stride) = (shape[0], shape[1], 1);
        foreach (long dimension in shape.Dimensions.AsSpan()[2..])
        {
            Stride *= dimension;
        }
    }

    /// <summary>Gets the number of runs of consecutive elements that hold whole rows, <see cref="Stride"/> each.</summary>
    public long Blocks { get; }

    /// <summary>Gets the number of elements of a row.</summary>
    public long Length { get; }

    /// <summary>Gets how far apart neighbours in a row lie.</summary>
    public long Stride { get; }
}

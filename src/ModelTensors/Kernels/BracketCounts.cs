namespace ModelTensors.Kernels;

/// <summary>A bracket of magnitudes, as bits of non-negative floats, and how many elements lie above it and on its ends.</summary>
internal struct BracketCounts(uint low, uint high)
{
    public readonly uint Low = low;
    public readonly uint High = high;
    public long Above;
    public long AtHigh;
    public long AtLow;
}

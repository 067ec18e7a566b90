namespace ModelTensors.Devices.Cpu;

/// <summary>The settings of a <see cref="CpuDevice"/>. None of them changes a result.</summary>
public sealed record CpuDeviceOptions
{
    /// <summary>Gets the number of threads that compute at a time; where tiles are read from or written to files, as many more overlap that with the computing.</summary>
    /// <value>The number of processors by default; at least 1.</value>
    public int Threads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = Environment.ProcessorCount;

    /// <summary>Gets the largest number of elements of an input that are read from a file at once.</summary>
    /// <value>65,536 by default; at least 1.</value>
    public int TileElements
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1 << 16;

    /// <summary>Gets the working memory in bytes, which tiles and the candidates of selections shrink to fit; each worker takes some 100 KiB beside it.</summary>
    /// <value>256 MiB by default; at least 1 MiB.</value>
    public long WorkingMemory
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1 << 20);
            field = value;
        }
    } = 256L << 20;
}

using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>What one selection keeps of a whole tensor, as bits: written by one pass, read by those that follow it.</summary>
internal sealed unsafe class SelectionMask(Sparsifier sparsifier, int origin, long elements) : IDisposable
{
    private readonly NativeBuffer _memory = new(Bytes(elements));

    /// <summary>Gets whether every element's bit has been written.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Returns the memory that a mask takes.</summary>
    public static long Bytes(long elements) => ((elements / ChunkKernels.Step) + 1) * sizeof(ushort);

    public bool IsOf(Sparsifier other, int otherOrigin) => origin == otherOrigin && sparsifier.Equals(other);

    /// <summary>Returns the bits from an element on, which begins a step.</summary>
    public ushort* At(long start) => (ushort*)_memory.DangerousGetHandle() + (start / ChunkKernels.Step);

    public void Complete() => IsComplete = true;

    public void Dispose() => _memory.Dispose();
}

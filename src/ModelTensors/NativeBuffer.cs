using System.Runtime.InteropServices;

namespace ModelTensors;

/// <summary>Zeroed native memory of any length, aligned for the widest vectors; released when collected if it was not disposed.</summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    // One cache line, and the width of the widest vector.
    private const int Alignment = 64;

    public NativeBuffer(long length)
        : base(0, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        void* data = NativeMemory.AlignedAlloc((nuint)Math.Max(length, 1), Alignment);
        NativeMemory.Clear(data, (nuint)length);
        SetHandle((nint)data);
        GC.AddMemoryPressure(Math.Max(length, 1));
    }

    public long Length { get; }

    public override bool IsInvalid => handle == 0;

    /// <summary>The range check makes the pointer arithmetic safe: every span lies inside the allocation.</summary>
    public Span<byte> Span(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        return new Span<byte>((byte*)handle + offset, length);
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        GC.RemoveMemoryPressure(Math.Max(Length, 1));
        return true;
    }
}

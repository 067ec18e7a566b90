using System.Buffers;
using System.Runtime.InteropServices;

namespace ModelTensors.Kernels;

/// <summary>A right operand in the panels of one micro-kernel.</summary>
internal sealed unsafe class PackedOperand<TKernel> : PackedOperand
    where TKernel : struct, IMicroKernel
{
    // Packed rows of A stay in the second-level cache while the panels of B pass by.
    private const int PackedFloats = 32 * 1024;
    private const int MaximumPackedRows = 192;

    // Vectors of a panel then never straddle two lines.
    private const int CacheLine = 64;

    // On the pinned heap: who drops the operand need not dispose anything.
    private readonly float[] _memory;
    private readonly float* _panels;
    private readonly long _columns;
    private readonly int _depth;

    public PackedOperand(in GemmOperand b)
    {
        _columns = b.OuterColumns;
        _depth = checked((int)b.OuterRows);
        long length = GemmBlocking.DivideUp(_columns, TKernel.Columns) * TKernel.Columns * _depth;
        _memory = GC.AllocateUninitializedArray<float>(checked((int)(length + (CacheLine / sizeof(float)))), pinned: true);
        nuint start = (nuint)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);
        _panels = (float*)((start + CacheLine - 1) & ~(nuint)(CacheLine - 1));
        PanelPacker.Pack(b.Data, b.Type, (nint)b.Stride, b.Transposed, checked((int)_columns), _depth, TKernel.Columns, _panels);
    }

    public override void AddProduct(in GemmOperand a, long firstColumn, GemmResult c, float alpha)
    {
        if (a.OuterColumns != _depth || a.OuterRows != c.Rows || firstColumn < 0 || firstColumn + c.Columns > _columns)
        {
            throw new ArgumentException(
                $"op(A) is [{a.OuterRows}, {a.OuterColumns}], B is [{_depth}, {_columns}], C is [{c.Rows}, {c.Columns}] from column {firstColumn}.", nameof(c));
        }

        int packedRows = Math.Clamp(PackedFloats / Math.Max(_depth, 1), TKernel.Rows, MaximumPackedRows) / TKernel.Rows * TKernel.Rows;
        packedRows = (int)Math.Min(packedRows, GemmBlocking.RoundUp((int)Math.Min(c.Rows, MaximumPackedRows), TKernel.Rows));
        float[] rented = ArrayPool<float>.Shared.Rent(packedRows * _depth);
        try
        {
            fixed (float* packed = rented)
            {
                for (long row = 0; row < c.Rows; row += packedRows)
                {
                    int rows = (int)Math.Min(packedRows, c.Rows - row);
                    nint first = (nint)(a.Transposed ? row : row * a.Stride);
                    PanelPacker.Pack(a.Data + (first * a.Type.Size), a.Type, (nint)a.Stride, !a.Transposed, rows, _depth, TKernel.Rows, packed);
                    AddRows(packed, rows, firstColumn, new GemmResult(c.Data + (row * c.Stride), rows, c.Columns, c.Stride), alpha);
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
            GC.KeepAlive(_memory);
        }
    }

    // One panel of B stays in the first-level cache while the panels of A pass by.
    private void AddRows(float* packed, int rows, long firstColumn, GemmResult c, float alpha)
    {
        float* tile = stackalloc float[TKernel.Rows * TKernel.Columns];
        for (long column = firstColumn, end = firstColumn + c.Columns; column < end;)
        {
            // The first and the last panel may begin before C, or end after it.
            (long panel, long offset) = Math.DivRem(column, TKernel.Columns);
            int width = (int)Math.Min(TKernel.Columns - offset, end - column);
            float* panelB = _panels + ((nint)panel * TKernel.Columns * _depth);
            for (int row = 0; row < rows; row += TKernel.Rows)
            {
                int height = Math.Min(TKernel.Rows, rows - row);
                GemmTile<TKernel>.Multiply(packed + ((nint)row * _depth), panelB, _depth, height, null, 0, tile);
                GemmTile<TKernel>.Finish(tile + offset, alpha, 1, c.Data + (row * c.Stride) + (column - firstColumn), (nint)c.Stride, height, width);
            }

            column += width;
        }
    }
}

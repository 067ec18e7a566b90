using System.Buffers;

namespace ModelTensors.Kernels;

/// <summary>The inner products of all pairs of lines: bands of columns of the upper triangle, mirrored at the end.</summary>
/// <param name="lines">The lines.</param>
/// <param name="depth">Their length.</param>
/// <param name="result">A square without gaps.</param>
internal sealed unsafe class GramJob<TKernel>(DoubleLines lines, long depth, double* result) : DoubleWork
    where TKernel : struct, IDoubleKernel
{
    // The sums of a band stay near a second-level cache.
    private const int WidestBand = 256;

    private int[] _ends = [];

    public void Run(int threads, CancellationToken cancellationToken)
    {
        _ends = Bands(checked((int)lines.Count), threads);
        Run(_ends.Length, threads, cancellationToken);
    }

    protected override void Compute(int part, CancellationToken cancellationToken)
    {
        // The last band first: it is the longest.
        part = _ends.Length - 1 - part;
        int first = part == 0 ? 0 : _ends[part - 1];
        int end = _ends[part];
        int rows = GemmBlocking.RoundUp(end, DoublePanels.Width);
        int width = rows - first;
        double[] rented = ArrayPool<double>.Shared.Rent(WithAlignment(((long)rows * DoublePanels.Depth) + ((long)rows * width)));
        try
        {
            fixed (double* buffer = rented)
            {
                double* packed = Align(buffer);
                double* sums = packed + ((nint)rows * DoublePanels.Depth);
                new Span<double>(sums, checked(rows * width)).Clear();
                for (long k = 0; k < depth; k += DoublePanels.Depth)
                {
                    if (cancellationToken.IsCancellationRequested)
                    {
                        return;
                    }

                    int block = (int)Math.Min(DoublePanels.Depth, depth - k);
                    DoublePanels.Pack<TKernel>(lines, 0, end, k, block, packed);
                    AddBlock(packed, block, first, end, sums, width);
                }

                Write(first, end, sums, width);
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(rented);
        }
    }

    /// <summary>Cuts the triangle into bands of about equal area, at whole panels: more than threads only where a band would be too wide.</summary>
    private static int[] Bands(int size, int threads)
    {
        int panels = (int)GemmBlocking.DivideUp(size, DoublePanels.Width);
        int count = Math.Min(panels, Math.Max(threads, (int)GemmBlocking.DivideUp(size, WidestBand)));
        SortedSet<int> ends = [];
        for (int band = 1; band <= count; band++)
        {
            ends.Add(Math.Min(size, (int)Math.Ceiling(panels * Math.Sqrt((double)band / count)) * DoublePanels.Width));
        }

        return [.. ends];
    }

    /// <summary>Adds a block of k to the sums [row, column − first] of a band, up to the diagonal; tiles that it crosses are computed whole.</summary>
    private static void AddBlock(double* packed, int block, int first, int end, double* sums, int width)
    {
        for (int column = first; column < end; column += TKernel.Columns)
        {
            double* b = packed + Offset(column, block);
            int lastRow = Math.Min(column + TKernel.Columns, end) - 1;
            for (int row = 0; row <= lastRow; row += TKernel.Rows)
            {
                TKernel.AddProduct(packed + Offset(row, block), b, block, sums + ((nint)row * width) + column - first, width);
            }
        }
    }

    private void Write(int first, int end, double* sums, int width)
    {
        nint size = (nint)lines.Count;
        for (int row = 0; row < end; row++)
        {
            double* from = sums + ((nint)row * width);
            for (int column = Math.Max(row, first); column < end; column++)
            {
                double sum = from[column - first];
                result[(row * size) + column] = sum;
                result[(column * size) + row] = sum;
            }
        }
    }

    /// <summary>Where a line begins among panels.</summary>
    private static nint Offset(int line, int block) => ((nint)(line / DoublePanels.Width) * DoublePanels.Width * block) + (line % DoublePanels.Width);
}

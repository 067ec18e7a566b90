namespace ModelTensors.Kernels;

/// <summary>Copies a block of lines, widened to double, into the order in which a kernel reads it.</summary>
/// <remarks>
/// A panel is <see cref="Width"/> lines; panels follow each other; inside a panel all lines of one k lie side by side. The last panel may hold fewer lines:
/// what pads it is finite or not, but computed elements that depend on it are never read. The destination has room for whole panels.
/// </remarks>
internal static unsafe class DoublePanels
{
    /// <summary>The number of lines of a panel: two vectors of 512 bits.</summary>
    public const int Width = 16;

    /// <summary>The number of k of a block, whose chains start at zero: a panel takes 16 KiB. It is part of what a product is; see <see cref="DoubleGemm"/>.</summary>
    public const int Depth = 128;

    /// <summary>Packs lines.</summary>
    /// <param name="source">The lines.</param>
    /// <param name="firstLine">The first one.</param>
    /// <param name="count">How many.</param>
    /// <param name="firstDepth">The first k.</param>
    /// <param name="depth">The number of k, at most <see cref="Depth"/>.</param>
    /// <param name="destination">The panels.</param>
    public static void Pack<TKernel>(in DoubleLines source, long firstLine, int count, long firstDepth, int depth, double* destination)
        where TKernel : struct, IDoubleKernel
    {
        float* singles = stackalloc float[Width * Depth];
        for (int line = 0; line < count; line += Width, destination += Width * depth)
        {
            int lines = Math.Min(Width, count - line);
            byte* start = source.Address(firstLine + line, firstDepth);
            if (source.Type == DataType.F64)
            {
                Copy((double*)start, (nint)source.Stride, source.IsDepthContiguous, lines, depth, destination);
                continue;
            }

            PanelPacker.Pack(start, source.Type, (nint)source.Stride, source.IsDepthContiguous, lines, depth, Width, singles);
            TKernel.Widen(singles, destination, Width * depth);
        }
    }

    private static void Copy(double* source, nint stride, bool isDepthContiguous, int lines, int depth, double* destination)
    {
        if (!isDepthContiguous)
        {
            for (int k = 0; k < depth; k++)
            {
                new ReadOnlySpan<double>(source + (k * stride), lines).CopyTo(new Span<double>(destination + (k * Width), Width));
                new Span<double>(destination + (k * Width) + lines, Width - lines).Clear();
            }

            return;
        }

        for (int line = 0; line < Width; line++)
        {
            // Lines past the edge repeat the last one.
            double* from = source + (Math.Min(line, lines - 1) * stride);
            for (int k = 0; k < depth; k++)
            {
                destination[(k * Width) + line] = from[k];
            }
        }
    }
}

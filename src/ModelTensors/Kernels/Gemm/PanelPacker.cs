using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelTensors.Kernels;

/// <summary>Copies a block of an operand, widened to float, into the order in which a micro-kernel reads it.</summary>
/// <remarks>
/// <para>A panel is <c>width</c> rows of op(A), or <c>width</c> columns of op(B): "lines" below. Panels follow each other; inside a panel
/// all lines of one k lie side by side. The last panel may hold fewer lines; what pads it is finite or not, but computed elements that
/// depend on it are never stored.</para>
/// <para>Invariant that makes the pointers right: reads stay inside lines <c>[0, lines)</c> and depths <c>[0, depth)</c> of the block, which
/// the caller has placed inside the matrix; writes stay inside <c>ceil(lines / width) * width * depth</c> floats of the destination.</para>
/// </remarks>
internal static unsafe class PanelPacker
{
    // One cache line of floats: each line of the source is read whole before its neighbours can evict it.
    private const int DepthChunk = 16;

    // Four lines make one 128-bit lane of a transposed block.
    private const int Group = 4;

    /// <summary>Packs a block.</summary>
    /// <param name="source">The first element of the block.</param>
    /// <param name="type">F32, BF16 or F16.</param>
    /// <param name="stride">Elements between the rows of the stored matrix.</param>
    /// <param name="depthContiguous">Whether neighbours in memory are neighbours in k; otherwise they are neighbouring lines.</param>
    /// <param name="lines">Rows of op(A) or columns of op(B) in the block.</param>
    /// <param name="depth">The number of k in the block.</param>
    /// <param name="width">Lines of a panel; even, and at least 4.</param>
    /// <param name="destination">The packed panels.</param>
    public static void Pack(byte* source, DataType type, nint stride, bool depthContiguous, int lines, int depth, int width, float* destination)
    {
        switch (type)
        {
            case DataType.F32:
                Pack<F32Element>(source, stride, depthContiguous, lines, depth, width, destination);
                break;
            case DataType.BF16:
                Pack<BF16Element>(source, stride, depthContiguous, lines, depth, width, destination);
                break;
            default:
                Pack<F16Element>(source, stride, depthContiguous, lines, depth, width, destination);
                break;
        }
    }

    private static void Pack<TElement>(
        byte* source, nint stride, bool depthContiguous, int lines, int depth, int width, float* destination)
        where TElement : struct, IPanelElement
    {
        nint strideBytes = stride * TElement.Size;
        nint panelBytes = width * (depthContiguous ? strideBytes : TElement.Size);
        for (int line = 0; line < lines; line += width)
        {
            int valid = Math.Min(width, lines - line);
            if (depthContiguous)
            {
                Transpose<TElement>(source, strideBytes, valid, depth, width, destination);
            }
            else
            {
                Copy<TElement>(source, strideBytes, valid, depth, width, destination);
            }

            source += panelBytes;
            destination += (nint)width * depth;
        }
    }

    /// <summary>Neighbouring lines are neighbours in memory: each k is a short copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy<TElement>(byte* source, nint strideBytes, int valid, int depth, int width, float* destination)
        where TElement : struct, IPanelElement
    {
        for (; depth > 0; depth--)
        {
            int line = 0;
            for (; line <= valid - 8; line += 8)
            {
                TElement.Load256(source + (line * TElement.Size)).Store(destination + line);
            }

            if (line <= valid - 4)
            {
                TElement.Load128(source + (line * TElement.Size)).Store(destination + line);
                line += 4;
            }

            for (; line < valid; line++)
            {
                destination[line] = TElement.Load(source + (line * TElement.Size));
            }

            for (; line < width; line++)
            {
                destination[line] = 0;
            }

            source += strideBytes;
            destination += width;
        }
    }

    /// <summary>Neighbours in k are neighbours in memory: blocks of four lines are transposed in registers.</summary>
    /// <remarks>
    /// The last group of a panel ends at its last line and may overlap the group before it, which rewrites the same values; lines past
    /// the edge of the matrix repeat its last line.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose<TElement>(byte* source, nint strideBytes, int valid, int depth, int width, float* destination)
        where TElement : struct, IPanelElement
    {
        for (int k = 0; k < depth; k += DepthChunk)
        {
            int chunk = Math.Min(DepthChunk, depth - k);
            byte* block = source + ((nint)k * TElement.Size);
            float* target = destination + ((nint)k * width);
            for (int group = 0; group < width; group += Group)
            {
                int line = Math.Min(group, width - Group);
                TransposeGroup<TElement>(
                    block + (Math.Min(line, valid - 1) * strideBytes),
                    block + (Math.Min(line + 1, valid - 1) * strideBytes),
                    block + (Math.Min(line + 2, valid - 1) * strideBytes),
                    block + (Math.Min(line + 3, valid - 1) * strideBytes),
                    chunk,
                    width,
                    target + line);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeGroup<TElement>(byte* line0, byte* line1, byte* line2, byte* line3, int depth, int width, float* destination)
        where TElement : struct, IPanelElement
    {
        int k = 0;
        if (Avx.IsSupported)
        {
            for (; k <= depth - 8; k += 8)
            {
                int offset = k * TElement.Size;
                Vector256<float> r0 = TElement.Load256(line0 + offset);
                Vector256<float> r1 = TElement.Load256(line1 + offset);
                Vector256<float> r2 = TElement.Load256(line2 + offset);
                Vector256<float> r3 = TElement.Load256(line3 + offset);

                // Inside each 128-bit lane: pairs of lines for two k, then four lines for one k. The lower lane holds k 0..3, the upper 4..7.
                Vector256<double> low01 = Avx.UnpackLow(r0, r1).AsDouble();
                Vector256<double> low23 = Avx.UnpackLow(r2, r3).AsDouble();
                Vector256<double> high01 = Avx.UnpackHigh(r0, r1).AsDouble();
                Vector256<double> high23 = Avx.UnpackHigh(r2, r3).AsDouble();
                Vector256<float> k0 = Avx.UnpackLow(low01, low23).AsSingle();
                Vector256<float> k1 = Avx.UnpackHigh(low01, low23).AsSingle();
                Vector256<float> k2 = Avx.UnpackLow(high01, high23).AsSingle();
                Vector256<float> k3 = Avx.UnpackHigh(high01, high23).AsSingle();

                float* target = destination + ((nint)k * width);
                k0.GetLower().Store(target);
                k1.GetLower().Store(target + width);
                k2.GetLower().Store(target + (2 * width));
                k3.GetLower().Store(target + (3 * width));
                target += 4 * width;
                k0.GetUpper().Store(target);
                k1.GetUpper().Store(target + width);
                k2.GetUpper().Store(target + (2 * width));
                k3.GetUpper().Store(target + (3 * width));
            }
        }

        for (; k < depth; k++)
        {
            int offset = k * TElement.Size;
            Vector128.Create(
                TElement.Load(line0 + offset), TElement.Load(line1 + offset), TElement.Load(line2 + offset), TElement.Load(line3 + offset))
                .Store(destination + ((nint)k * width));
        }
    }
}

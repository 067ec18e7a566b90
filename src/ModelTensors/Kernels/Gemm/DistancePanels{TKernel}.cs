using System.Numerics;
using ModelTensors.Devices;

namespace ModelTensors.Kernels;

/// <summary>Rows in the panels of one micro-kernel.</summary>
/// <remarks>
/// A panel is the outer loop: it stays in the first-level cache, slice by slice, while the packed queries pass by from the second; what it gives is finished
/// before the next begins. Tiles of distances are padded to whole tiles of the kernel, so that no edge needs care.
/// </remarks>
internal sealed unsafe class DistancePanels<TKernel> : DistancePanels
    where TKernel : struct, IMicroKernel
{
    // Rows a page apart would share few sets of the caches.
    private const int PageFloats = 1024;

    private readonly Matrix _rows;
    private readonly DistanceRows _preparation;
    private readonly NativeBuffer _panels;
    private readonly NativeBuffer _terms;
    private readonly double[] _largest;
    private readonly int _depth;
    private double _largestSquaredNorm;

    public DistancePanels(Matrix rows, DistanceRows preparation)
    {
        _rows = rows;
        _preparation = preparation;
        _depth = checked((int)rows.Columns);
        PanelCount = (int)GemmBlocking.DivideUp(rows.Rows, TKernel.Columns);
        int stride = checked(PanelCount * TKernel.Columns);
        Stride = stride % PageFloats == 0 ? checked(stride + TKernel.Columns) : stride;
        _panels = new NativeBuffer((long)stride * _depth * sizeof(float));
        _terms = new NativeBuffer((long)stride * sizeof(float));
        _largest = new double[PanelCount];
    }

    public override int QueryStep => TKernel.Rows;

    public override int Stride { get; }

    public override int PanelCount { get; }

    public override void Pack(int panel)
    {
        long first = (long)panel * TKernel.Columns;
        int count = (int)Math.Min(TKernel.Columns, _rows.Rows - first);
        float* terms = (float*)_terms.DangerousGetHandle() + first;
        using NativeBuffer plain = new((long)count * _depth * sizeof(float));
        float* lines = (float*)plain.DangerousGetHandle();
        for (int i = 0; i < count; i++)
        {
            Span<float> line = new(lines + ((nint)i * _depth), _depth);
            _rows.CopyRow(first + i, line);
            double squaredNorm = _preparation.Prepare(line);
            terms[i] = _preparation.Term(squaredNorm, isQuery: false);
            _largest[panel] = Math.Max(_largest[panel], squaredNorm);
        }

        float* packed = (float*)_panels.DangerousGetHandle() + ((nint)first * _depth);
        PanelPacker.Pack((byte*)lines, DataType.F32, _depth, depthContiguous: true, count, _depth, TKernel.Columns, packed);
    }

    public override void Seal() => _largestSquaredNorm = _largest.DefaultIfEmpty().Max();

    public override void Compute(Matrix queries, DistanceWork work, CancellationToken cancellationToken)
    {
        int count = (int)queries.Rows;
        for (int i = 0; i < count; i++)
        {
            Span<float> line = new(work.Plain + ((nint)i * _depth), _depth);
            queries.CopyRow(i, line);
            double squaredNorm = _preparation.Prepare(line);
            work.Terms[i] = _preparation.Term(squaredNorm, isQuery: true);
            work.ErrorBounds[i] = _preparation.ErrorBound(squaredNorm, _largestSquaredNorm, _depth);
        }

        PanelPacker.Pack((byte*)work.Plain, DataType.F32, _depth, depthContiguous: true, count, _depth, TKernel.Rows, work.Packed);
        for (int panel = 0; panel < PanelCount && !cancellationToken.IsCancellationRequested; panel++)
        {
            float* target = work.Distances + ((nint)panel * TKernel.Columns);
            Multiply(work.Packed, count, (float*)_panels.DangerousGetHandle() + ((nint)panel * TKernel.Columns * _depth), target);
            Finish(target, count, (float*)_terms.DangerousGetHandle() + ((nint)panel * TKernel.Columns), work.Terms);
        }
    }

    protected override void Dispose(bool disposing)
    {
        _panels.Dispose();
        _terms.Dispose();
    }

    private void Multiply(float* queries, int count, float* panel, float* target)
    {
        // Without features the loop still runs once: a sum of nothing is zero.
        int first = 0;
        do
        {
            int depth = Math.Min(GemmBlocking.MaximumDepth, _depth - first);
            for (int row = 0; row < count; row += TKernel.Rows)
            {
                float* a = queries + ((nint)row * _depth) + ((nint)first * TKernel.Rows);
                float* result = target + ((nint)row * Stride);
                TKernel.Multiply(a, panel + ((nint)first * TKernel.Columns), depth, first == 0 ? null : result, Stride, result, Stride);
            }

            first += depth;
        }
        while (first < _depth);
    }

    private void Finish(float* target, int count, float* rowTerms, float[] queryTerms)
    {
        Vector<float> scale = new(_preparation.Scale);
        Vector<float> floor = new(_preparation.Floor);
        for (int row = 0; row < count; row++)
        {
            Vector<float> queryTerm = new(queryTerms[row]);
            for (int column = 0; column < TKernel.Columns; column += Vector<float>.Count)
            {
                Vector<float> terms = Vector.Load(rowTerms + column) + queryTerm;
                Vector.Max(floor, Vector.FusedMultiplyAdd(scale, Vector.Load(target + column), terms)).Store(target + column);
            }

            target += Stride;
        }
    }
}

using System.Runtime.Intrinsics;
using ModelTensors.Devices;

namespace ModelTensors.Kernels;

/// <summary>Rows that are packed once for the distances of many queries.</summary>
internal abstract unsafe class DistancePanels : IDisposable
{
    /// <summary>Gets the queries that a kernel takes at a time; a tile is made of whole ones.</summary>
    public abstract int QueryStep { get; }

    /// <summary>Gets the floats from one query of a tile to the next.</summary>
    public abstract int Stride { get; }

    /// <summary>Gets the number of panels, which may be packed in any order and at once.</summary>
    public abstract int PanelCount { get; }

    /// <summary>Makes room for rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="preparation">What the metric does to them.</param>
    public static DistancePanels Create(Matrix rows, DistanceRows preparation) =>
        Vector512.IsHardwareAccelerated ? new DistancePanels<MicroKernel512>(rows, preparation)
        : Vector256.IsHardwareAccelerated ? new DistancePanels<MicroKernel256>(rows, preparation)
        : new DistancePanels<MicroKernel128>(rows, preparation);

    /// <summary>Packs the rows of one panel.</summary>
    public abstract void Pack(int panel);

    /// <summary>Ends the packing; distances may then be computed.</summary>
    public abstract void Seal();

    /// <summary>Computes a tile; several threads may at once.</summary>
    /// <param name="queries">The queries of the tile.</param>
    /// <param name="work">What a worker keeps from tile to tile.</param>
    /// <param name="cancellationToken">Stops it between panels; the tile is undefined then.</param>
    public abstract void Compute(Matrix queries, DistanceWork work, CancellationToken cancellationToken);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}

namespace ModelTensors.Kernels;

/// <summary>The memory of one worker: a tile of distances, and its queries as they are and packed.</summary>
internal sealed unsafe class DistanceWork : IDisposable
{
    private readonly NativeBuffer _distances;
    private readonly NativeBuffer _plain;
    private readonly NativeBuffer _packed;

    public DistanceWork(int queries, int stride, int depth)
    {
        _distances = new NativeBuffer((long)queries * stride * sizeof(float));
        _plain = new NativeBuffer((long)queries * depth * sizeof(float));
        _packed = new NativeBuffer((long)queries * depth * sizeof(float));
        Terms = new float[queries];
        ErrorBounds = new float[queries];
    }

    public float* Distances => (float*)_distances.DangerousGetHandle();

    public float* Plain => (float*)_plain.DangerousGetHandle();

    public float* Packed => (float*)_packed.DangerousGetHandle();

    public float[] Terms { get; }

    public float[] ErrorBounds { get; }

    public void Dispose()
    {
        _distances.Dispose();
        _plain.Dispose();
        _packed.Dispose();
    }
}

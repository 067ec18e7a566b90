using DataShapley.Datasets;
using ModelTensors;
using ModelTensors.Devices;

namespace DataShapley.Neighbors;

/// <summary>Makes <see cref="NeighborData{TLabel}"/> of points.</summary>
public static class NeighborData
{
    /// <summary>Copies points with classes.</summary>
    /// <param name="points">The points.</param>
    public static NeighborData<int> Of(LabeledPoints points)
    {
        ArgumentNullException.ThrowIfNull(points);
        return new NeighborData<int>(Copy(points.Features.Span, points.Count, points.Dimension), points.Labels);
    }

    /// <summary>Copies points with numbers to predict.</summary>
    /// <param name="points">The points.</param>
    public static NeighborData<double> Of(TargetPoints points)
    {
        ArgumentNullException.ThrowIfNull(points);
        double[] targets = new double[points.Count];
        for (int i = 0; i < targets.Length; i++)
        {
            targets[i] = points.Targets.Span[i];
        }

        return new NeighborData<double>(Copy(points.Features.Span, points.Count, points.Dimension), targets);
    }

    private static Matrix Copy(ReadOnlySpan<float> features, int count, int dimension)
    {
        HostTensor tensor = new(DataType.F32, new TensorShape(count, dimension));
        for (int i = 0; i < count; i++)
        {
            features.Slice(i * dimension, dimension).CopyTo(tensor.AsSpan<float>((long)i * dimension, dimension));
        }

        return Matrix.Of(tensor);
    }
}

using ModelTensors;

namespace LoraFederation.LowRank;

/// <summary>Shapes of factors that are cut or made longer.</summary>
internal static class ShapeExtensions
{
    /// <summary>Returns the shape with another length of one dimension.</summary>
    public static TensorShape With(this TensorShape shape, int dimension, long length)
    {
        long[] dimensions = [.. shape.Dimensions];
        dimensions[dimension] = length;
        return new TensorShape(dimensions);
    }

    /// <summary>Returns the number of elements over the dimensions from one on: those that follow each other for one index before it.</summary>
    public static long RunLength(this TensorShape shape, int firstDimension)
    {
        long length = 1;
        for (int i = firstDimension; i < shape.Rank; i++)
        {
            length *= shape[i];
        }

        return length;
    }
}

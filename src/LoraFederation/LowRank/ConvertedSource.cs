using ModelTensors;

namespace LoraFederation.LowRank;

/// <summary>A factor times a number in another type, computed while it is read: widened to float, multiplied once, rounded once.</summary>
internal static class ConvertedSource
{
    /// <summary>Returns the factor itself where nothing has to be done.</summary>
    public static TensorSource Of(TensorSource factor, DataType type, float scale = 1) =>
        factor.DataType == type && scale.Equals(1f)
            ? factor
            : new ReshapedSource(new StackedRowsSource([(factor, scale)], factor.Shape.ElementCount / factor.Shape[0], type), factor.Shape);
}

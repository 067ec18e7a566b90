using ModelTensors;

namespace ModelRuntime.Encoders;

/// <summary>Lends rows of F32 tensors of two dimensions.</summary>
internal static class TensorRows
{
    public static Span<float> Row(this HostTensor tensor, int row)
    {
        int width = (int)tensor.Shape[1];
        return tensor.AsSpan<float>((long)row * width, width);
    }
}

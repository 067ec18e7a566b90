using ModelRuntime.Training;
using ModelTensors;

namespace ModelRuntime.Tests.Training;

/// <summary>Examples of tokens of a <see cref="BigramModel"/>.</summary>
internal static class BigramData
{
    public static TrainingExample[] Draw(int count, ulong seed = 3) =>
    [
        .. Enumerable.Range(0, count).Select(i =>
        {
            int length = 4 + (Philox.Draw(i, new PhiloxKey((uint)seed, 0)) % 5);
            int[] tokens = [.. Enumerable.Range(0, length).Select(t => Philox.Draw((i * 16) + t, new PhiloxKey((uint)seed, 1)) % BigramModel.Vocabulary)];
            return new TrainingExample(tokens, 1 + (i % 3));
        }),
    ];
}

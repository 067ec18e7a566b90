using ModelRuntime.Decoders;
using ModelTensors;

namespace TrainZoo;

/// <summary>What is made.</summary>
/// <param name="Seed">The seed of all that is drawn.</param>
/// <param name="Output">The folder of the models.</param>
/// <param name="Overwrite">Whether models that are there are replaced, each once the new one is complete.</param>
/// <param name="IsQuick">Whether all is small and short.</param>
internal sealed record Settings(ulong Seed, string Output, bool Overwrite, bool IsQuick)
{
    private const int QuickDivisor = 8;

    /// <summary>Gets the number of questions of each task.</summary>
    public int Questions => IsQuick ? 25 : 100;

    /// <summary>Gets the shape of all models.</summary>
    public DecoderConfig Config => new()
    {
        VocabularySize = 128,
        HiddenSize = IsQuick ? 48 : 96,
        LayerCount = IsQuick ? 2 : 3,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        HeadSize = IsQuick ? 12 : 24,
        IntermediateSize = IsQuick ? 128 : 256,
        NormEpsilon = 1e-5,

        // Of the size of one over the root of the width: with the usual 0.02 so small a model learns to reverse in some seeds only.
        InitializerRange = 0.06,
        ContextLength = 64,
        BeginToken = 1,
        EndTokens = [2],
        PadToken = 0,
    };

    public IReadOnlyList<Family> Families => [.. Family.All.Select(family => IsQuick ? family.Shorten(QuickDivisor) : family)];

    public int Shorten(int steps) => IsQuick ? steps / QuickDivisor : steps;

    /// <summary>Returns the seed of one thing, independent of those of others.</summary>
    public ulong SeedOf(string thing)
    {
        PhiloxKey key = Philox.DeriveKey(Seed, "zoo", thing);
        return ((ulong)key.High << 32) | key.Low;
    }
}

using LoraFederation.Aggregators;
using LoraFederation.Rounds;

namespace FloraRounds;

/// <summary>A way to make one model of what clients trained.</summary>
/// <param name="Title">What tables call it.</param>
/// <param name="Aggregator">What the server does.</param>
/// <param name="Start">What clients start from after the first round.</param>
/// <param name="CommonRank">The rank of all clients, where they need one; null for each client's own.</param>
internal sealed record Method(string Title, LoraAggregator Aggregator, RoundStart Start, int? CommonRank = null)
{
    /// <summary>The rank of each client: the first has the most data and the most memory.</summary>
    public static readonly IReadOnlyList<int> Ranks = [16, 8, 8, 4, 4, 4, 2, 2, 2, 2];

    // Fifty components in all, where the mixed ranks have fifty-two.
    private const int EqualRank = 5;

    public static Method Flora { get; } = new("FLoRA", new FloraAggregator(), RoundStart.FreshOnMergedBase);

    public static IReadOnlyList<Method> All { get; } =
    [
        Flora,
        new("FLoRA, warm start", new FloraAggregator(), RoundStart.WarmStart),
        new("FlexLoRA", new FlexLoraAggregator(), RoundStart.ContinueGlobal),
        new("zero-padding", new ZeroPaddingAggregator(), RoundStart.FreshOnMergedBase),
        new($"FedIT, all of rank {EqualRank}", new FedItAggregator(), RoundStart.ContinueGlobal, EqualRank),
    ];

    /// <summary>Gets the name of its folders.</summary>
    public string Name => Start == RoundStart.WarmStart ? "warm" : Aggregator.Name;

    public FederatedClient ClientOf(int index) => new($"client {index}", CommonRank ?? Ranks[index]);

    /// <summary>Returns the adapters that the server's model consists of after a round.</summary>
    public IReadOnlyList<string> AdaptersAfter(string run, int round) => Start == RoundStart.FreshOnMergedBase
        ? [.. Enumerable.Range(0, round + 1).Select(earlier => GlobalOf(run, earlier))]
        : [GlobalOf(run, round)];

    private static string GlobalOf(string run, int round) => Path.Combine(run, FormattableString.Invariant($"round-{round:0000}"), "global");
}

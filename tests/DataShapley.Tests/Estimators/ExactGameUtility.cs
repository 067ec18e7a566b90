using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

/// <summary>An <see cref="ExactGame"/> as a utility of every kind that estimators ask for.</summary>
internal sealed class ExactGameUtility(ExactGame game, double noise = 0, bool isYielding = false) : IClassWiseUtility, IBaggedUtility
{
    private int _calls;

    public string Id => game.Name;

    public int PlayerCount => game.Players;

    public bool IsDeterministic => noise == 0;

    public UtilityRange? Range => Array.TrueForAll(game.Table, double.IsFinite) ? new UtilityRange(game.Table.Min(), game.Table.Max()) : null;

    public IReadOnlyList<int> Labels => game.Labels;

    /// <summary>How many values were computed, those for classes and bags included.</summary>
    public int Calls => _calls;

    /// <summary>What the utility of a class is to that of all: a multiple, so that whoever is of no use stays so.</summary>
    public static double ClassFactor(int label) => 1 + label;

    public async ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default) =>
        [await ValueAsync(requests[0], 1)];

    public IUtility ForClass(int label) => new DelegateUtility($"{Id} class {label}", PlayerCount, (request, _) => ValueAsync(request, ClassFactor(label))) { IsDeterministic = IsDeterministic };

    public ValueTask<double> InClassAccuracyAsync(int label, CancellationToken cancellationToken = default) => new(ClassFactor(label) * game.Table[^1]);

    public IReadOnlyList<double> ScoreOutOfBag(IReadOnlyList<int> bag, ulong seed, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _calls);
        int mask = bag.Aggregate(0, (mask, player) => mask | (1 << player));
        return [.. Enumerable.Range(0, PlayerCount).Select(player => game.Table[mask | (1 << player)] + Noise(seed, player))];
    }

    private async ValueTask<double> ValueAsync(UtilityRequest request, double factor)
    {
        Interlocked.Increment(ref _calls);
        if (isYielding)
        {
            // Late and out of turn, as long as the coalition says.
            for (int i = request.Coalition.ToArray().Sum() % 4; i >= 0; i--)
            {
                await Task.Yield();
            }
        }

        return factor * (game.Table[(int)request.Coalition.Words[0]] + Noise(request.Seed, 0));
    }

    private double Noise(ulong seed, int stream) => noise == 0 ? 0 : noise * new RandomStreams(seed, "noise").At(stream).NextGaussian();
}

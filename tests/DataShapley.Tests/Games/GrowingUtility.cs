using System.Collections.Concurrent;
using DataShapley.Games;

namespace DataShapley.Tests.Games;

/// <summary>Grows by a function of the members so far; notes what is evaluated anew.</summary>
internal sealed class GrowingUtility(int playerCount, Func<Coalition, bool, double> value, bool isDeterministic = true) : IIncrementalUtility
{
    private int _begun;

    public ConcurrentQueue<Coalition> Evaluated { get; } = new();

    public int Begun => _begun;

    public string Id => "growing";

    public int PlayerCount => playerCount;

    public bool IsDeterministic => isDeterministic;

    public ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
    {
        foreach (UtilityRequest request in requests)
        {
            Evaluated.Enqueue(request.Coalition);
        }

        return new([.. requests.Select(request => value(request.Coalition, false))]);
    }

    public IGrowingCoalition Begin(ulong seed)
    {
        Interlocked.Increment(ref _begun);
        return new Growing(this);
    }

    private double Value(Coalition coalition) => value(coalition, true);

    private sealed class Growing(GrowingUtility utility) : IGrowingCoalition
    {
        private Coalition _coalition = Coalition.Empty(utility.PlayerCount);

        public double Add(int player)
        {
            _coalition = _coalition.With(player);
            return utility.Value(_coalition);
        }
    }
}

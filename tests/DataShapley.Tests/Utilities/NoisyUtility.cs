using System.Collections.Concurrent;
using DataShapley.Games;

namespace DataShapley.Tests.Utilities;

/// <summary>Three players, 1 for each and 2 more, with Gaussian noise of the seed; notes what it gave.</summary>
internal sealed class NoisyUtility(int batchSize) : IUtility
{
    private int _largest;

    public ConcurrentQueue<(UtilityRequest Request, double Value)> Given { get; } = new();

    public int Largest => _largest;

    public string Id => "noisy";

    public int PlayerCount => 3;

    public bool IsDeterministic => false;

    public int BatchSize => batchSize;

    public ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
    {
        _largest = Math.Max(_largest, requests.Count);
        double[] values = [.. requests.Select(request => 2 + request.Coalition.Size + (0.5 * new RandomStreams(request.Seed, "noise").At(0).NextGaussian()))];
        foreach ((UtilityRequest request, double value) in requests.Zip(values))
        {
            Given.Enqueue((request, value));
        }

        return new ValueTask<IReadOnlyList<double>>(values);
    }
}

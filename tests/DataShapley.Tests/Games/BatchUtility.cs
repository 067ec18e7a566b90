using System.Collections.Concurrent;
using DataShapley.Games;

namespace DataShapley.Tests.Games;

/// <summary>Takes batches and notes their sizes; values are the sines of the members' bits.</summary>
internal sealed class BatchUtility(int playerCount, int batchSize) : IUtility
{
    public ConcurrentQueue<int> Batches { get; } = new();

    public string Id => "batches";

    public int PlayerCount => playerCount;

    public int BatchSize => batchSize;

    public async ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
    {
        Batches.Enqueue(requests.Count);

        // Long enough for others to gather.
        for (int i = 0; i < 20; i++)
        {
            await Task.Yield();
        }

        return [.. requests.Select(request => Math.Sin(request.Coalition.Words[0]))];
    }
}

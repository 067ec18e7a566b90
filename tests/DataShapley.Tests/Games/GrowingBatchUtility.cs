using DataShapley.Games;

namespace DataShapley.Tests.Games;

/// <summary>Grows and takes batches; growing stands still at first.</summary>
internal sealed class GrowingBatchUtility(int playerCount) : IIncrementalUtility
{
    public SemaphoreSlim Started { get; } = new(0);

    public ManualResetEventSlim GoOn { get; } = new();

    public string Id => "growing batches";

    public int PlayerCount => playerCount;

    public int BatchSize => 4;

    public ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default) =>
        new([.. requests.Select(request => (double)request.Coalition.Size)]);

    public IGrowingCoalition Begin(ulong seed) => new Growing(this);

    private sealed class Growing(GrowingBatchUtility utility) : IGrowingCoalition
    {
        private int _size;

        public double Add(int player)
        {
            utility.Started.Release();
            utility.GoOn.Wait();
            return ++_size;
        }
    }
}

using DataShapley.Games;

namespace DataShapley.Tests.Games;

/// <summary>Answers as a test says, right or wrong; four players.</summary>
internal sealed class HostileUtility(int batchSize, Func<IReadOnlyList<UtilityRequest>, CancellationToken, ValueTask<IReadOnlyList<double>>> answer) : IUtility
{
    public HostileUtility(int batchSize, Func<IReadOnlyList<UtilityRequest>, double[]> answer)
        : this(batchSize, (requests, _) => new ValueTask<IReadOnlyList<double>>(answer(requests)))
    {
    }

    public string Id => "hostile";

    public int PlayerCount => 4;

    public int BatchSize => batchSize;

    public ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default) => answer(requests, cancellationToken);
}

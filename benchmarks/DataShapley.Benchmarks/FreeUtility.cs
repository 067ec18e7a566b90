using DataShapley.Games;

namespace DataShapley.Benchmarks;

/// <summary>A utility that costs nothing: what is measured with it is the library.</summary>
internal class FreeUtility(int playerCount, int batchSize = 1, bool isDeterministic = true) : IUtility
{
    public string Id => "free";

    public int PlayerCount => playerCount;

    public bool IsDeterministic => isDeterministic;

    public int BatchSize => batchSize;

    public ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
    {
        double[] values = new double[requests.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = requests[i].Coalition.Size;
        }

        return new ValueTask<IReadOnlyList<double>>(values);
    }
}

using DataShapley.Statistics;
using DataShapley.Stopping;

namespace DataShapley.Tests.Stopping;

/// <summary>Moments of runs, made by hand.</summary>
internal static class Moments
{
    public static StoppingStart Start(int players) => new(players, TimeProvider.System);

    public static StoppingMoment At(long draws, double[] values, double[]? errors = null, long? count = null)
    {
        long[] counts = [.. values.Select(_ => count ?? draws)];
        return new StoppingMoment(draws, draws, new Estimate(values, errors ?? new double[values.Length], counts)
        {
            DegreesOfFreedom = [.. counts.Select(number => (double)(number - 1))],
        });
    }
}

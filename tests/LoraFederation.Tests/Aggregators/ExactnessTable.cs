using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>Relative errors against <c>Σ p s B A</c> in double, on twenty random federations for each aggregator.</summary>
internal static class ExactnessTable
{
    public const int Federations = 20;

    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    // The table and the test of each row ask for the same numbers.
    private static readonly ConcurrentDictionary<string, Lazy<double[]>> Measured = new(StringComparer.Ordinal);

    /// <summary>Returns the error of the whole adapter for each federation, ascending: the norm of all modules' differences over that of all sums.</summary>
    public static IReadOnlyList<double> Errors(ExactnessCase row) => Measured.GetOrAdd(row.Title, _ => new Lazy<double[]>(() =>
        [.. Enumerable.Range(0, Federations).Select(seed => Error(row.Recipe, RandomFederation.Create(seed, row.Aggregator.Needs))).Order()])).Value;

    /// <summary>Writes the table that is committed, of one digit: what matters is the order of magnitude.</summary>
    public static string Write()
    {
        StringBuilder text = new();
        text.Append("| aggregator | documented as | needs | least error | median | largest |\n|---|---|---|---:|---:|---:|\n");
        foreach (ExactnessCase row in ExactnessCase.All.OrderBy(row => row.Title, StringComparer.Ordinal))
        {
            IReadOnlyList<double> errors = Errors(row);
            text.Append(CultureInfo.InvariantCulture, $"| {row.Title} | {Words(row.Aggregator.Exactness)} | {Words(row.Aggregator.Needs)} ")
                .Append(CultureInfo.InvariantCulture, $"| {Shown(errors[0])} | {Shown(errors[Federations / 2])} | {Shown(errors[^1])} |\n");
        }

        return text.ToString();
    }

    private static double Error(AggregationRecipe recipe, IReadOnlyList<ClientUpdate> updates)
    {
        AggregationResult result = new LoraFederator(Device).Aggregate(recipe, updates);
        double difference = 0;
        double norm = 0;
        foreach (LoraModule module in result.Adapter.Modules)
        {
            double[] expected = Dense.Sum(updates, module.Path);
            double[] actual = Dense.Effect(result, module.Path);
            for (int i = 0; i < expected.Length; i++)
            {
                difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
                norm += expected[i] * expected[i];
            }
        }

        return Math.Sqrt(difference / norm);
    }

    // Rounding errors differ in their digits from machine to machine; that they are below the bound does not.
    private static string Shown(double error) => error <= 1e-6 ? "≤ 1e-6" : error.ToString("0e+0", CultureInfo.InvariantCulture);

    private static string Words(Exactness exactness) => exactness switch
    {
        Exactness.Exact => "exact",
        Exactness.ExactBeforeTruncation => "exact before truncation",
        _ => "approximate",
    };

    private static string Words(AggregatorNeeds needs) => needs switch
    {
        AggregatorNeeds.None => "any ranks",
        AggregatorNeeds.EqualRanks => "one rank",
        AggregatorNeeds.SharedA => "one frozen A",
        AggregatorNeeds.SharedAOrB => "one frozen A or B",
        _ => "frozen A and B",
    };
}

using System.Globalization;
using System.Text;
using LoraFederation.Aggregators;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Aggregators;

/// <summary>Every registered aggregator on twenty random federations: its relative error against <c>Σ p s B A</c> in double.</summary>
internal sealed class ExactnessTable
{
    public const int Federations = 20;

    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 2 });

    private ExactnessTable(LoraAggregator aggregator, IReadOnlyList<double> errors)
    {
        Aggregator = aggregator;
        Errors = errors;
    }

    public LoraAggregator Aggregator { get; }

    /// <summary>Gets the error of the whole adapter for each federation: the norm of all modules' differences over that of all sums.</summary>
    public IReadOnlyList<double> Errors { get; }

    public static ExactnessTable Measure(LoraAggregator aggregator) =>
        new(aggregator, [.. Enumerable.Range(0, Federations).Select(seed => Error(aggregator, RandomFederation.Create(seed, aggregator.Needs)))]);

    /// <summary>Writes the table that is committed, of two digits: what matters is the order of magnitude.</summary>
    public static string Write(IEnumerable<ExactnessTable> rows)
    {
        StringBuilder text = new();
        text.Append("| aggregator | documented as | needs | least error | median | largest |\n|---|---|---|---:|---:|---:|\n");
        foreach (ExactnessTable row in rows)
        {
            double[] sorted = [.. row.Errors.Order()];
            text.Append(CultureInfo.InvariantCulture, $"| `{row.Aggregator.Name}` | {Words(row.Aggregator.Exactness)} | {Words(row.Aggregator.Needs)} ")
                .Append(CultureInfo.InvariantCulture, $"| {Shown(sorted[0])} | {Shown(sorted[Federations / 2])} | {Shown(sorted[^1])} |\n");
        }

        return text.ToString();
    }

    private static double Error(LoraAggregator aggregator, IReadOnlyList<ClientUpdate> updates)
    {
        AggregationResult result = new LoraFederator(Device).Aggregate(new AggregationRecipe(aggregator), updates);
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
    private static string Shown(double error) => error <= 1e-6 ? "≤ 1e-6" : error.ToString("0.0e+0", CultureInfo.InvariantCulture);

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

using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LoraFederation.Rounds;

/// <summary>What a run tells hosts that trace and measure.</summary>
internal static class FederationTelemetry
{
    private const string Name = "LoraFederation.Rounds";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Rounds = Meter.CreateCounter<long>("lora_federation.rounds", description: "Finished rounds.");
    private static readonly Counter<long> Updates = Meter.CreateCounter<long>("lora_federation.updates", description: "Updates by outcome: aggregated, quarantined, lost.");
    private static readonly Counter<long> Traffic = Meter.CreateCounter<long>("lora_federation.traffic", "By", "Bytes between clients and server by direction: up, down.");

    public static ActivitySource Activities { get; } = new(Name);

    public static void Count(RoundManifest manifest)
    {
        Rounds.Add(1);
        Updates.Add(manifest.Clients.Count, new KeyValuePair<string, object?>("outcome", "aggregated"));
        Updates.Add(manifest.Quarantined.Select(problem => problem.ClientId).Distinct(StringComparer.Ordinal).Count(), new KeyValuePair<string, object?>("outcome", "quarantined"));
        Updates.Add(manifest.Lost.Count, new KeyValuePair<string, object?>("outcome", "lost"));
        Traffic.Add(manifest.Clients.Sum(client => client.Upload.Actual), new KeyValuePair<string, object?>("direction", "up"));
        Traffic.Add(manifest.Clients.Sum(client => client.Download.Actual), new KeyValuePair<string, object?>("direction", "down"));
    }
}

using System.Text.Json;
using ModelTensors.Adapters;

namespace LoraFederation.Tests.Testing;

/// <summary>The ten trained adapters of samples/models/clients.</summary>
internal sealed class ZooClients : IDisposable
{
    private readonly List<LoraAdapter> _adapters = [];

    public ZooClients()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "zoo", "clients");
        Dictionary<string, long> examples = JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllText(Path.Combine(folder, "examples.json")))!;
        Updates = [.. examples.Select(client => new ClientUpdate(client.Key, Open(Path.Combine(folder, client.Key)), client.Value))];
    }

    public IReadOnlyList<ClientUpdate> Updates { get; }

    public void Dispose() => _adapters.ForEach(adapter => adapter.Dispose());

    private LoraAdapter Open(string folder)
    {
        LoraAdapter adapter = LoraAdapter.Open(folder);
        _adapters.Add(adapter);
        return adapter;
    }
}

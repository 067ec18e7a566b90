using System.Globalization;
using System.Text.Json;
using LoraFederation;
using ModelTensors.Adapters;

namespace FederateLora;

/// <summary>The adapters of clients, open.</summary>
internal sealed class Clients : IDisposable
{
    private readonly List<LoraAdapter> _adapters = [];

    private Clients()
    {
    }

    public IReadOnlyList<ClientUpdate> Updates { get; private set; } = [];

    /// <summary>Opens adapters that are named on the command line, as in <c>./clinic:1200</c>.</summary>
    public static Clients Open(IReadOnlyList<string> texts)
    {
        (string Folder, string? Examples)[] named = [.. texts.Select(Verb.Split)];
        if (Array.Exists(named, client => client.Examples is null) && Array.Exists(named, client => client.Examples is not null))
        {
            throw new ArgumentException("Give the number of examples for every client, or for none.");
        }

        return Open(named.Select(client => (client.Folder, Path.TrimEndingDirectorySeparator(client.Folder), Count(client.Examples))));
    }

    /// <summary>Opens the trained clients of the repository.</summary>
    /// <param name="folder">The folder of their folders, and of <c>examples.json</c>.</param>
    public static Clients OpenZoo(string folder)
    {
        using FileStream file = File.OpenRead(Path.Combine(folder, "examples.json"));
        Dictionary<string, long> examples = JsonSerializer.Deserialize<Dictionary<string, long>>(file)!;
        return Open(examples.Select(client => (Path.Combine(folder, client.Key), $"client {client.Key}", client.Value)));
    }

    public void Dispose() => _adapters.ForEach(adapter => adapter.Dispose());

    private static Clients Open(IEnumerable<(string Folder, string Name, long Examples)> named)
    {
        Clients clients = new();
        try
        {
            List<ClientUpdate> updates = [];
            foreach ((string folder, string name, long examples) in named)
            {
                clients._adapters.Add(LoraAdapter.Open(folder));
                updates.Add(new ClientUpdate(name, clients._adapters[^1], examples));
            }

            clients.Updates = updates;
            return clients;
        }
        catch
        {
            clients.Dispose();
            throw;
        }
    }

    private static long Count(string? text) => text is null ? 1
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long count) ? count
        : throw new ArgumentException($"'{text}' is no number of examples: a whole number, not negative.");
}

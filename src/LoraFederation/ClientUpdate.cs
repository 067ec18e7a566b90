using ModelTensors.Adapters;

namespace LoraFederation;

/// <summary>What one client hands in: its adapter, and what the server has to know of it.</summary>
public sealed record ClientUpdate
{
    /// <summary>Creates an update.</summary>
    /// <param name="clientId">The client's name; no two updates of a round share one. Results do not depend on the order of arrival but on that of these names.</param>
    /// <param name="adapter">The trained adapter; it stays the caller's.</param>
    /// <param name="examples">How many examples it was trained on; not negative.</param>
    public ClientUpdate(string clientId, LoraAdapter adapter, long examples = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(clientId);
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentOutOfRangeException.ThrowIfNegative(examples);
        ClientId = clientId;
        Adapter = adapter;
        Examples = examples;
    }

    /// <summary>Gets the client's name.</summary>
    public string ClientId { get; }

    /// <summary>Gets the trained adapter.</summary>
    public LoraAdapter Adapter { get; init; }

    /// <summary>Gets how many examples the adapter was trained on.</summary>
    public long Examples { get; }

    /// <summary>Gets the hash of the state of the model that training started from.</summary>
    /// <value>Null by default: not known, not checked.</value>
    public string? BaseState { get; init; }

    /// <summary>Gets the round that the update was made for.</summary>
    /// <value>Null by default: not known, not checked.</value>
    public int? Round { get; init; }
}

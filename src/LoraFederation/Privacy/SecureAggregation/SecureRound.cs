namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>What server and clients of one secure sum agree on beforehand. Checked when it is made.</summary>
public sealed class SecureRound
{
    private readonly Dictionary<string, int> _positions;

    /// <summary>Creates a round.</summary>
    /// <param name="sessionId">A name that no other round has: keys are bound to it.</param>
    /// <param name="clients">The clients' names, at least two, all different; their order does not matter.</param>
    /// <param name="threshold">How many clients have to be left at the end for a sum, and how many together could undo a mask: more than half of them, at most all.</param>
    /// <param name="tensors">The tensors of every client's payload, at least one, all of different names.</param>
    /// <exception cref="ArgumentException">A name is there twice, a tensor is empty, or its range is not above 0 and finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are too few clients, or the threshold is not one for them.</exception>
    public SecureRound(string sessionId, IEnumerable<string> clients, int threshold, IEnumerable<PayloadTensor> tensors)
    {
        ArgumentException.ThrowIfNullOrEmpty(sessionId);
        ArgumentNullException.ThrowIfNull(clients);
        ArgumentNullException.ThrowIfNull(tensors);
        SessionId = sessionId;
        Clients = [.. clients.Order(StringComparer.Ordinal)];
        Tensors = [.. tensors];
        ArgumentOutOfRangeException.ThrowIfLessThan(Clients.Count, 2, nameof(clients));
        if (threshold > Clients.Count || 2L * threshold <= Clients.Count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(threshold), threshold, $"Of {Clients.Count} clients the threshold is from {(Clients.Count / 2) + 1} to {Clients.Count}: with half of them or fewer, two groups could undo one client's masks.");
        }

        Threshold = threshold;
        _positions = [];
        for (int i = 0; i < Clients.Count; i++)
        {
            if (!_positions.TryAdd(Clients[i], i))
            {
                throw new ArgumentException($"Client '{Clients[i]}' is there twice.", nameof(clients));
            }
        }

        CheckTensors(nameof(tensors));
        Encodings = [.. Tensors.Select(tensor => new FixedPoint(tensor, Clients.Count))];
    }

    /// <summary>Gets the name that keys are bound to.</summary>
    public string SessionId { get; }

    /// <summary>Gets the clients, ordered.</summary>
    public IReadOnlyList<string> Clients { get; }

    /// <summary>Gets how many clients have to be left at the end.</summary>
    public int Threshold { get; }

    /// <summary>Gets the tensors, in the order in which they are masked.</summary>
    public IReadOnlyList<PayloadTensor> Tensors { get; }

    /// <summary>Gets the number of ring elements of a payload, eight bytes each.</summary>
    public long Length => Tensors.Sum(tensor => (long)tensor.Length);

    /// <summary>Gets how each tensor's numbers become ring elements.</summary>
    internal IReadOnlyList<FixedPoint> Encodings { get; }

    /// <summary>Returns a client's place in the order.</summary>
    /// <exception cref="FederationException">There is no such client.</exception>
    internal int PositionOf(string client) => _positions.TryGetValue(client, out int position)
        ? position
        : throw new FederationException(FederationError.Protocol, $"Client '{client}' is not one of the round '{SessionId}'.", client);

    private void CheckTensors(string argument)
    {
        if (Tensors.Count == 0)
        {
            throw new ArgumentException("A payload has at least one tensor.", argument);
        }

        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (PayloadTensor tensor in Tensors)
        {
            if (!names.Add(tensor.Name) || tensor.Length < 1 || !(tensor.Range > 0 && double.IsFinite(tensor.Range)))
            {
                throw new ArgumentException(
                    $"Tensor '{tensor.Name}' has {tensor.Length} elements and the range {tensor.Range}: names differ, there is at least one element, and a range is above 0 and finite.", argument);
            }
        }
    }
}

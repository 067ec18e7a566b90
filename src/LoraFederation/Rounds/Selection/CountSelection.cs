namespace LoraFederation.Rounds.Selection;

internal sealed record CountSelection : ClientSelection
{
    private readonly int _count;

    public CountSelection(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _count = count;
    }

    public override string Name => $"count {_count}";

    public override IReadOnlyList<FederatedClient> Select(IReadOnlyList<FederatedClient> clients, int round, ulong seed) => Draw(clients, _count, round, seed);
}

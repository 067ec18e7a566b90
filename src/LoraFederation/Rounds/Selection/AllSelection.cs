namespace LoraFederation.Rounds.Selection;

internal sealed record AllSelection : ClientSelection
{
    public override string Name => "all";

    public override IReadOnlyList<FederatedClient> Select(IReadOnlyList<FederatedClient> clients, int round, ulong seed) => clients;
}

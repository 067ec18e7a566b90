namespace LoraFederation.Rounds.Selection;

internal sealed record FractionSelection : ClientSelection
{
    // 0.29 · 100 is a little less than 29: what a fraction lacks by rounding is not a client.
    private const double Rounding = 1e-9;

    private readonly double _fraction;

    public FractionSelection(double fraction)
    {
        if (!(fraction > 0 && fraction <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "A fraction of clients is in (0, 1].");
        }

        _fraction = fraction;
    }

    public override string Name => $"fraction {_fraction}";

    public override IReadOnlyList<FederatedClient> Select(IReadOnlyList<FederatedClient> clients, int round, ulong seed) =>
        Draw(clients, Math.Max((int)Math.Floor((_fraction * clients.Count) + Rounding), 1), round, seed);
}

namespace LoraFederation.Privacy;

/// <summary>What clipping did to the updates of a round. Norms and counts are the clients' own business: publish them only with noise.</summary>
/// <param name="Norm">The norm that no update exceeds.</param>
/// <param name="Norms">The norm of each client's update as it arrived, by its name.</param>
/// <param name="Within">How many updates were within the norm already.</param>
public sealed record ClippingReport(double Norm, IReadOnlyDictionary<string, double> Norms, int Within);

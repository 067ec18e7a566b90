namespace LoraFederation.Privacy;

/// <summary>A differential privacy guarantee: whatever one client sends, every event's probability changes by a factor of at most e^ε, but for δ.</summary>
/// <param name="Epsilon">ε; infinite where nothing is guaranteed.</param>
/// <param name="Delta">δ.</param>
/// <param name="Order">The Rényi order α that gave it: at either end of the orders, more of them would give less.</param>
public sealed record PrivacyGuarantee(double Epsilon, double Delta, double Order);

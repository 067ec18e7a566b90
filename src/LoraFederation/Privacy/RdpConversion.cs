namespace LoraFederation.Privacy;

/// <summary>How a Rényi divergence becomes (ε, δ).</summary>
public enum RdpConversion
{
    /// <summary><c>ε = D + ln(1 − 1/α) − ln(δα) / (α − 1)</c>: Canonne, Kamath and Steinke 2020 (arXiv 2004.00010), proposition 12. Never larger than the classic one.</summary>
    Tight,

    /// <summary><c>ε = D − ln δ / (α − 1)</c>: Mironov 2017 (arXiv 1702.07476), proposition 3. What figures published before 2020 were made with.</summary>
    Classic,
}

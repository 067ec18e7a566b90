namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>How far a client is.</summary>
internal enum SecureStage
{
    Created,
    Advertised,
    Shared,
    Masked,
    Revealed,
}

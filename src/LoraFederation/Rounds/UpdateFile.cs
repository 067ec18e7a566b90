using System.Text.Json.Serialization;

namespace LoraFederation.Rounds;

/// <summary>What a training process says of its update.</summary>
internal sealed record UpdateFile
{
    [JsonRequired]
    public long Examples { get; init; }

    public int? Round { get; init; }

    public string? BaseState { get; init; }
}

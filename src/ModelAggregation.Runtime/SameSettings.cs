using System.Diagnostics.CodeAnalysis;
using ModelAggregation.Evaluation;

namespace ModelAggregation.Runtime;

/// <summary>Requests whose prompts may go on together.</summary>
internal sealed class SameSettings : IEqualityComparer<GenerationRequest>
{
    public static SameSettings Instance { get; } = new();

    public bool Equals(GenerationRequest? x, GenerationRequest? y) =>
        ReferenceEquals(x, y) || (x is not null && y is not null && x.MaxTokens == y.MaxTokens && x.Stops.SequenceEqual(y.Stops, StringComparer.Ordinal));

    public int GetHashCode([DisallowNull] GenerationRequest obj) => HashCode.Combine(obj.MaxTokens, obj.Stops.Count);
}

using System.Text.Json.Serialization;

namespace ModelAggregation.Zoo;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SimilarityRecord))]
internal sealed partial class SimilarityRecordJson : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace DataShapley.Caching;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EvaluationRecord))]
internal sealed partial class EvaluationJson : JsonSerializerContext;

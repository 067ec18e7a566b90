using System.Text.Json.Serialization;

namespace ModelAggregation.Search;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SearchRecord))]
internal sealed partial class SearchJson : JsonSerializerContext;

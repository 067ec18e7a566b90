using System.Text.Json.Nodes;

namespace ModelAggregation.Merging.Planning;

/// <summary>The numbers of special tokens in configurations, which speak of one vocabulary.</summary>
internal sealed class SpecialTokens(OutputVocabulary output, PlanFindings findings)
{
    private static readonly string[] Keys =
        ["bos_token_id", "eos_token_id", "pad_token_id", "unk_token_id", "sep_token_id", "cls_token_id", "mask_token_id", "decoder_start_token_id"];

    /// <summary>Sets the size of the vocabulary and turns the numbers of the donor's special tokens into the output's.</summary>
    public void Apply(JsonObject config, ModelVocabulary donor, int rows)
    {
        foreach (JsonObject owner in new[] { config, config["text_config"] as JsonObject }.OfType<JsonObject>())
        {
            if (owner.ContainsKey("vocab_size"))
            {
                owner["vocab_size"] = rows;
            }

            if (donor == output.Source)
            {
                continue;
            }

            foreach (string key in Keys.Where(key => owner[key] is not null))
            {
                Translate(owner, key, donor);
            }
        }
    }

    /// <summary>Warns where a special token of a model has another number in the output.</summary>
    public void Compare(ModelVocabulary model)
    {
        if (model == output.Source || model.Model.Tensors.Config?.ToDocument() is not { } config)
        {
            return;
        }

        foreach (string key in Keys)
        {
            foreach (int id in Numbers(config[key]) ?? [])
            {
                if (Token(model, id) is { } token && output.Find(token) != id)
                {
                    string where = output.Find(token) is { } number ? $"is {number} in the output" : "is not in the output";
                    findings.Warn($"Model '{model.Model.Reference}': {key} {id} ('{token}') {where}.");
                }
            }
        }
    }

    private void Translate(JsonObject owner, string key, ModelVocabulary donor)
    {
        if (Numbers(owner[key]) is not { } numbers)
        {
            return;
        }

        int?[] translated = [.. numbers.Select(id => Token(donor, id) is { } token ? output.Find(token) : null)];
        if (Array.TrueForAll(translated, id => id is not null))
        {
            owner[key] = owner[key] is JsonArray ? new JsonArray([.. translated.Select(id => (JsonNode)id!.Value)]) : translated[0]!.Value;
            return;
        }

        // The donor's token does not exist in the output; what its vocabulary's own model has for the purpose does.
        JsonNode? other = output.Source.Model.Tensors.Config?.ToDocument()[key]?.DeepClone();
        owner[key] = other;
        findings.Warn(
            $"config.json: {key} of '{donor.Model.Reference}' is a token that the output lacks; "
            + (other is null ? "it is left empty." : $"it is {other.ToJsonString()}, that of '{output.Source.Model.Reference}'."));
    }

    private static string? Token(ModelVocabulary model, int id) =>
        id >= 0 && id < model.Vocabulary.Tokens.Count ? model.Vocabulary.Tokens[id] : null;

    private static int[]? Numbers(JsonNode? node) => node switch
    {
        JsonValue value when value.TryGetValue(out int number) => [number],
        JsonArray { Count: > 0 } list when list.All(item => item is JsonValue value && value.TryGetValue(out int _)) => [.. list.Select(item => item!.GetValue<int>())],
        _ => null,
    };
}

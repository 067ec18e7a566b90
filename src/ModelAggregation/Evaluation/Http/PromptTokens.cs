using System.Text;
using System.Text.Json;

namespace ModelAggregation.Evaluation.Http;

/// <summary>Reads the tokens of a prompt from a completion, and sums those of a part of it.</summary>
internal static class PromptTokens
{
    // Rounding of servers that compute in half precision; more is no log-probability.
    private const double Rounding = 1e-3;

    /// <summary>Reads what <c>echo</c> gives: <c>logprobs</c> with tokens, token_logprobs, top_logprobs and text_offset.</summary>
    /// <exception cref="EvaluationException">The endpoint does not echo.</exception>
    public static List<PromptToken> ReadEcho(JsonElement choice, string prompt)
    {
        if (!choice.TryGetProperty("logprobs", out JsonElement logprobs) || logprobs.ValueKind != JsonValueKind.Object
            || !logprobs.TryGetProperty("token_logprobs", out JsonElement values) || values.ValueKind != JsonValueKind.Array
            || !logprobs.TryGetProperty("text_offset", out JsonElement offsets) || offsets.ValueKind != JsonValueKind.Array)
        {
            throw Unsupported("it has no logprobs with token_logprobs and text_offset");
        }

        if (choice.TryGetProperty("text", out JsonElement text) && text.GetString() is { } echoed && !echoed.Contains(prompt, StringComparison.Ordinal))
        {
            throw Unsupported("its text does not repeat the prompt");
        }

        int count = values.GetArrayLength();
        if (count == 0 || offsets.GetArrayLength() != count)
        {
            throw new JsonException($"There are {count} token_logprobs and {offsets.GetArrayLength()} text_offsets.");
        }

        JsonElement tops = logprobs.TryGetProperty("top_logprobs", out JsonElement top) && top.ValueKind == JsonValueKind.Array && top.GetArrayLength() == count ? top : default;
        int[] starts = [.. offsets.EnumerateArray().Select(offset => offset.GetInt32())];
        int shift = BeginLength(logprobs, starts, prompt);
        List<PromptToken> tokens = new(count);
        for (int i = 0; i < count; i++)
        {
            double? value = Number(values[i]);
            bool isLikeliest = value is not null && (tops.ValueKind != JsonValueKind.Array || IsLikeliest(tops[i], value.Value));
            tokens.Add(new PromptToken(starts[i] - starts[0] - shift, value, isLikeliest));
        }

        return tokens;
    }

    /// <summary>Reads <c>prompt_logprobs</c>: for each token null, or an object in which the prompt's own token comes first.</summary>
    /// <exception cref="EvaluationException">The endpoint does not have it.</exception>
    public static List<PromptToken> ReadList(JsonElement choice, string prompt)
    {
        if (!choice.TryGetProperty("prompt_logprobs", out JsonElement list) || list.ValueKind != JsonValueKind.Array)
        {
            throw Unsupported("it has no prompt_logprobs");
        }

        // The first token comes without its text. Counted from the prompt's end, the others need it not.
        List<(int Length, double? Value, bool IsLikeliest)> parts = [];
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Null)
            {
                parts.Add((0, null, false));
                continue;
            }

            JsonElement own = item.EnumerateObject().First().Value;
            string text = own.GetProperty("decoded_token").GetString() ?? string.Empty;
            double value = Number(own.GetProperty("logprob")) ?? throw new JsonException("A token of the prompt has no logprob.");
            parts.Add((Runes(text), value, own.TryGetProperty("rank", out JsonElement rank) && rank.GetInt32() == 1));
        }

        int start = Runes(prompt) - parts.Sum(part => part.Length);
        List<PromptToken> tokens = new(parts.Count);
        foreach ((int length, double? value, bool isLikeliest) in parts)
        {
            tokens.Add(new PromptToken(tokens.Count == 0 ? Math.Min(0, start) : start, value, isLikeliest));
            start += length;
        }

        return tokens;
    }

    /// <summary>Sums the tokens that hold any of the text from a place to another; one across the first place counts, as it holds some of the text after it.</summary>
    /// <exception cref="EvaluationException">Such a token has no log-probability.</exception>
    /// <param name="tokens">The tokens.</param>
    /// <param name="start">Where the part starts, in code points.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="skipsFirst">Whether a first token without log-probability is left out.</param>
    public static LogLikelihood Sum(List<PromptToken> tokens, int start, int end, bool skipsFirst)
    {
        double sum = 0;
        int count = 0;
        bool isGreedy = true;
        for (int i = 0; i < tokens.Count; i++)
        {
            int tokenEnd = i + 1 < tokens.Count ? tokens[i + 1].Start : end;
            if (tokenEnd <= start || tokens[i].Start >= end || tokenEnd <= tokens[i].Start)
            {
                // A token of no length belongs to the part that it lies in.
                bool isInside = tokenEnd == tokens[i].Start && tokenEnd > start && tokenEnd < end;
                if (!isInside)
                {
                    continue;
                }
            }

            if (tokens[i].LogProbability is not { } value)
            {
                if (skipsFirst && i == 0)
                {
                    continue;
                }

                throw new EvaluationException(
                    EvaluationError.Unsupported,
                    "The endpoint gives no log-probability to the first token of a text, and this one is to be scored: set BeginText to the text of the model's begin token, or give the task a prompt.");
            }

            if (value > Rounding)
            {
                throw new EvaluationException(EvaluationError.AnswerInvalid, $"The endpoint gives a token the log-probability {value:R}; it is not above zero.");
            }

            sum += Math.Min(value, 0);
            count++;
            isGreedy &= tokens[i].IsLikeliest;
        }

        return count > 0
            ? new LogLikelihood(sum, count, isGreedy)
            : throw Unsupported("none of its log-probabilities is of the text that was asked for");
    }

    /// <summary>Counts the Unicode code points of a text, which are what endpoints count.</summary>
    public static int Runes(string text) => text.EnumerateRunes().Count();

    // A begin token that the endpoint itself put before the prompt is echoed with a text that the prompt does not have.
    private static int BeginLength(JsonElement logprobs, int[] starts, string prompt)
    {
        if (!logprobs.TryGetProperty("tokens", out JsonElement tokens) || tokens.ValueKind != JsonValueKind.Array || tokens.GetArrayLength() != starts.Length || starts.Length < 2)
        {
            return 0;
        }

        string first = tokens[0].GetString() ?? string.Empty;
        string second = tokens[1].GetString() ?? string.Empty;
        bool isForeign = first.Length > 0 && !prompt.StartsWith(first, StringComparison.Ordinal) && prompt.StartsWith(second, StringComparison.Ordinal);
        return isForeign && starts[1] - starts[0] == Runes(first) ? Runes(first) : 0;
    }

    private static bool IsLikeliest(JsonElement top, double value) =>
        top.ValueKind != JsonValueKind.Object || top.EnumerateObject().All(other => !(Number(other.Value) > value));

    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetDouble();

    private static EvaluationException Unsupported(string what) => new(
        EvaluationError.Unsupported,
        $"The endpoint does not give log-probabilities of prompts: {what}. Tasks of multiple choice, loss and perplexity need them; try the other setting of Scoring or ScoringTokens, or a server that has them, such as vLLM.");
}

using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace ModelAggregation.Evaluation.Http;

/// <summary>Sends completion requests, again where that may help, and says what the endpoint said where it does not.</summary>
internal sealed class CompletionClient(HttpClient client, Uri endpoint, HttpLanguageModelOptions options)
{
    private const long LargestAnswer = 256L << 20;
    private const int ShownError = 1000;

    private readonly Uri _completions = new(endpoint.AbsoluteUri.TrimEnd('/') + "/completions");

    /// <summary>Sends a request and returns the answer's choices in the order of the prompts.</summary>
    /// <exception cref="EvaluationException">The endpoint does not answer, refuses, or answers with something else.</exception>
    public async Task<TAnswer[]> SendAsync<TAnswer>(Action<Utf8JsonWriter> write, int count, Func<JsonElement, int, TAnswer> read, CancellationToken cancellationToken)
    {
        ArrayBufferWriter<byte> body = new();
        using (Utf8JsonWriter writer = new(body))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        byte[] answer = await SendAsync(body.WrittenMemory, cancellationToken).ConfigureAwait(false);
        try
        {
            using JsonDocument document = JsonDocument.Parse(answer);
            return Choices(document.RootElement, count, read);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new EvaluationException(EvaluationError.AnswerInvalid, $"{_completions} answered with something that is no completion: {e.Message} It said: {Shown(answer)}", innerException: e);
        }
    }

    private static TAnswer[] Choices<TAnswer>(JsonElement root, int count, Func<JsonElement, int, TAnswer> read)
    {
        JsonElement[] choices = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("choices", out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray()]
            : throw new JsonException("It has no array 'choices'.");
        if (choices.Length != count)
        {
            throw new JsonException($"It has {choices.Length} choices for {count} prompts.");
        }

        TAnswer[] answers = new TAnswer[count];
        bool[] seen = new bool[count];
        for (int i = 0; i < count; i++)
        {
            int index = choices[i].TryGetProperty("index", out JsonElement number) ? number.GetInt32() : i;
            if (index < 0 || index >= count || seen[index])
            {
                throw new JsonException($"Choice {i} has the index {index} of {count} prompts.");
            }

            seen[index] = true;
            answers[index] = read(choices[i], index);
        }

        return answers;
    }

    private async Task<byte[]> SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        TimeSpan wait = options.FirstWait;
        for (int attempt = 0; ; attempt++)
        {
            (byte[]? answer, EvaluationException? failure, TimeSpan? asked) = await AttemptAsync(body, cancellationToken).ConfigureAwait(false);
            if (answer is not null)
            {
                return answer;
            }

            if (attempt >= options.Retries || asked > options.LongestWait)
            {
                throw failure!;
            }

            await Task.Delay(asked ?? wait, options.Time, cancellationToken).ConfigureAwait(false);
            wait = wait * 2 < options.LongestWait ? wait * 2 : options.LongestWait;
        }
    }

    // An answer, or why there is none where another attempt may help, or an exception where it does not.
    private async Task<(byte[]? Answer, EvaluationException? Failure, TimeSpan? Asked)> AttemptAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeOut = new(options.TimeOut ?? Timeout.InfiniteTimeSpan, options.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeOut.Token, cancellationToken);
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Post, _completions) { Content = new ReadOnlyMemoryContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            if (options.ApiKey is { } key)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            }

            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            await response.Content.LoadIntoBufferAsync(LargestAnswer, either.Token).ConfigureAwait(false);
            byte[] answer = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return (answer, null, null);
            }

            EvaluationException refused = new(Kind(response.StatusCode), $"{_completions} answered with {(int)response.StatusCode} {response.ReasonPhrase}: {Shown(answer)}");
            return MayPass(response.StatusCode) ? (null, refused, Asked(response.Headers.RetryAfter)) : throw refused;
        }
        catch (HttpRequestException e)
        {
            return (null, new EvaluationException(EvaluationError.Failed, $"{_completions} cannot be asked: {e.Message}", innerException: e), null);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, new EvaluationException(EvaluationError.TimedOut, $"{_completions} took longer than {options.TimeOut ?? client.Timeout} for a request. Send fewer prompts in one, or allow more time.", innerException: e), null);
        }
    }

    private static bool MayPass(HttpStatusCode status) => status
        is HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private static EvaluationError Kind(HttpStatusCode status) =>
        status is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity or HttpStatusCode.NotImplemented ? EvaluationError.Unsupported : EvaluationError.Failed;

    private static string Shown(ReadOnlySpan<byte> answer)
    {
        if (answer.IsEmpty)
        {
            return "nothing.";
        }

        string text = Encoding.UTF8.GetString(answer[..Math.Min(answer.Length, ShownError)]).Trim();
        return answer.Length > ShownError ? $"{text}…" : text;
    }

    private TimeSpan? Asked(RetryConditionHeaderValue? header)
    {
        TimeSpan? wait = header?.Delta ?? (header?.Date is { } date ? date - options.Time.GetUtcNow() : null);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}

using System.Text.Json;

namespace ModelAggregation.Evaluation.Http;

/// <summary>A model behind an OpenAI-compatible endpoint, <c>/v1/completions</c>, such as vLLM's. It does not dispose the client.</summary>
/// <remarks>
/// <para>Log-probabilities of a prompt come by <c>echo</c> or <c>prompt_logprobs</c>; a continuation is found in them by text offsets. A token across the border of context and continuation
/// counts to the continuation. Of a whole text, the first token is left out where the endpoint puts no begin token before it and <see cref="HttpLanguageModelOptions.BeginText"/> is empty.</para>
/// <para>Whether the endpoint gives the same numbers twice is its affair: servers that batch often differ in the last digits.</para>
/// </remarks>
public sealed class HttpLanguageModel : ILanguageModel
{
    private readonly string _model;
    private readonly HttpLanguageModelOptions _options;
    private readonly CompletionClient _client;

    /// <summary>Creates the model.</summary>
    /// <param name="client">What sends requests; the caller disposes it.</param>
    /// <param name="endpoint">The address of the API, such as <c>http://localhost:8000/v1</c>.</param>
    /// <param name="model">The name under which the endpoint serves the model.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">The address is not absolute, or the name is empty.</exception>
    public HttpLanguageModel(HttpClient client, Uri endpoint, string model, HttpLanguageModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentException.ThrowIfNullOrEmpty(model);
        if (!endpoint.IsAbsoluteUri)
        {
            throw new ArgumentException($"'{endpoint}' is no absolute address, such as http://localhost:8000/v1.", nameof(endpoint));
        }

        _model = model;
        _options = options ?? new HttpLanguageModelOptions();
        _client = new CompletionClient(client, endpoint, _options);
        using Fingerprint fingerprint = new();
        Id = fingerprint.Add(endpoint.AbsoluteUri.TrimEnd('/')).Add(model).Add((long)_options.Scoring).Add(_options.ScoringTokens)
            .Add(_options.BeginText).Add(_options.EndText is null ? 0L : 1L).Add(_options.EndText ?? string.Empty).Finish("http");
    }

    /// <summary>Gets what tells this model and its answers from others, for the <see cref="ILanguageModelFactory.Id"/> of a factory that opens it: a hash of the address, the name and the options that change answers.</summary>
    /// <remarks>What the endpoint serves under the name is its affair: give it another name when it serves another model.</remarks>
    public string Id { get; }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<LogLikelihood>> LogLikelihoodAsync(IReadOnlyList<LogLikelihoodRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        if (_options.EndText is null && requests.Any(request => request.Ends))
        {
            throw new EvaluationException(EvaluationError.Unsupported, "The end of a text is to be scored, and the endpoint has no other way than the end token's text: set EndText to it.");
        }

        Part[] parts = [.. requests.Select(Part)];
        return await ScoreAsync(parts, cancellationToken).ConfigureAwait(false);

        Part Part(LogLikelihoodRequest request)
        {
            string context = request.Context.Length == 0 ? _options.BeginText : request.Context;
            return new Part(context, request.Ends ? request.Continuation + _options.EndText : request.Continuation, SkipsFirst: false);
        }
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<LogLikelihood>> RollingLogLikelihoodAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return await ScoreAsync([.. texts.Select(text => new Part(_options.BeginText, text, SkipsFirst: _options.BeginText.Length == 0))], cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<Generation>> GenerateAsync(IReadOnlyList<GenerationRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return await SendAsync(
            requests,
            (left, right) => left.MaxTokens == right.MaxTokens && left.Stops.SequenceEqual(right.Stops, StringComparer.Ordinal),
            request => request.Prompt,
            (writer, request) =>
            {
                writer.WriteNumber("max_tokens"u8, request.MaxTokens);
                WriteStops(writer, request.Stops);
            },
            ReadGeneration,
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Does nothing: the client is the caller's.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void WriteStops(Utf8JsonWriter writer, IReadOnlyList<string> stops)
    {
        if (stops.Count > 0)
        {
            writer.WriteStartArray("stop"u8);
            foreach (string stop in stops)
            {
                writer.WriteStringValue(stop);
            }

            writer.WriteEndArray();
        }
    }

    private static Generation ReadGeneration(JsonElement choice, GenerationRequest request)
    {
        string text = choice.GetProperty("text").GetString() ?? string.Empty;
        bool isCut = choice.TryGetProperty("finish_reason", out JsonElement reason) && reason.ValueKind == JsonValueKind.String && reason.ValueEquals("length"u8);

        // Some servers leave the text that stopped them in.
        string kept = StopText.Cut(text, request.Stops);
        return new Generation(kept, isCut && kept.Length == text.Length ? GenerationEnd.Length : GenerationEnd.Stopped);
    }

    private Task<LogLikelihood[]> ScoreAsync(Part[] parts, CancellationToken cancellationToken) => SendAsync(
        parts,
        (_, _) => true,
        part => part.Before + part.Text,
        (writer, _) =>
        {
            writer.WriteNumber("max_tokens"u8, _options.ScoringTokens);
            if (_options.Scoring == PromptScoring.Echo)
            {
                writer.WriteBoolean("echo"u8, true);
                writer.WriteNumber("logprobs"u8, 1);
            }
            else
            {
                writer.WriteNumber("prompt_logprobs"u8, 1);
            }
        },
        ReadScore,
        cancellationToken);

    private LogLikelihood ReadScore(JsonElement choice, Part part)
    {
        string prompt = part.Before + part.Text;
        List<PromptToken> tokens = _options.Scoring == PromptScoring.Echo ? PromptTokens.ReadEcho(choice, prompt) : PromptTokens.ReadList(choice, prompt);
        return PromptTokens.Sum(tokens, PromptTokens.Runes(part.Before), PromptTokens.Runes(prompt), part.SkipsFirst);
    }

    // Requests that belong together go in one, in their order.
    private async Task<TAnswer[]> SendAsync<TQuestion, TAnswer>(
        IReadOnlyList<TQuestion> questions,
        Func<TQuestion, TQuestion, bool> belong,
        Func<TQuestion, string> prompt,
        Action<Utf8JsonWriter, TQuestion> settings,
        Func<JsonElement, TQuestion, TAnswer> read,
        CancellationToken cancellationToken)
    {
        List<(int Start, int Count)> groups = [];
        for (int i = 0; i < questions.Count; i++)
        {
            if (groups.Count > 0 && groups[^1].Count < _options.PromptsPerRequest && belong(questions[groups[^1].Start], questions[i]))
            {
                groups[^1] = (groups[^1].Start, groups[^1].Count + 1);
            }
            else
            {
                groups.Add((i, 1));
            }
        }

        TAnswer[] answers = new TAnswer[questions.Count];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = _options.ParallelRequests, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(groups, parallel, async (group, token) =>
        {
            TAnswer[] own = await _client.SendAsync(
                writer =>
                {
                    writer.WriteString("model"u8, _model);
                    writer.WriteStartArray("prompt"u8);
                    for (int i = 0; i < group.Count; i++)
                    {
                        writer.WriteStringValue(prompt(questions[group.Start + i]));
                    }

                    writer.WriteEndArray();
                    writer.WriteNumber("temperature"u8, 0);
                    settings(writer, questions[group.Start]);
                },
                group.Count,
                (choice, index) => read(choice, questions[group.Start + index]),
                token).ConfigureAwait(false);
            own.CopyTo(answers, group.Start);
        }).ConfigureAwait(false);
        return answers;
    }

    private sealed record Part(string Before, string Text, bool SkipsFirst);
}

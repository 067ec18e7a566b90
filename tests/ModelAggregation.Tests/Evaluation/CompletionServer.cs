using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelAggregation.Evaluation;

namespace ModelAggregation.Tests.Evaluation;

/// <summary>A completion endpoint on the loopback, as OpenAI and vLLM have it, with a <see cref="CharacterModel"/> behind it.</summary>
internal sealed class CompletionServer : IDisposable
{
    private readonly HttpListener _listener;
    private readonly CharacterModel _model;
    private readonly Lock _gate = new();

    public CompletionServer(CharacterModel model)
    {
        _model = model;
        (_listener, Endpoint) = Listen();
        _ = ServeAsync();
    }

    public Uri Endpoint { get; }

    /// <summary>Gets the requests as they came.</summary>
    public List<(JsonObject Body, string? Authorization)> Requests { get; } = [];

    /// <summary>Gets or sets what answers instead, if it wants to: a request's number from 0, its body and its response.</summary>
    public Func<int, JsonObject, HttpListenerResponse, string?>? Answer { get; set; }

    /// <summary>Gets or sets what is changed of each choice.</summary>
    public Action<JsonObject>? Change { get; set; }

    /// <summary>Gets or sets the text of a token that the endpoint puts before each prompt.</summary>
    public string? Begin { get; set; }

    public void Dispose() => _listener.Close();

    // The system gives a free port to a socket; somebody may take it before the listener does, then another is asked for.
    private static (HttpListener Listener, Uri Endpoint) Listen()
    {
        for (int attempt = 0; ; attempt++)
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            string address = $"http://127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}/";
            socket.Close();
            HttpListener listener = new();
            listener.Prefixes.Add(address);
            try
            {
                listener.Start();
                return (listener, new Uri(address + "v1"));
            }
            catch (HttpListenerException) when (attempt < 20)
            {
                listener.Close();
            }
        }
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            JsonObject body = (await JsonNode.ParseAsync(context.Request.InputStream).ConfigureAwait(false))!.AsObject();
            int number;
            lock (_gate)
            {
                number = Requests.Count;
                Requests.Add((body, context.Request.Headers["Authorization"]));
            }

            string answer = string.Equals(context.Request.RawUrl, "/v1/completions", StringComparison.Ordinal)
                ? Answer?.Invoke(number, body, context.Response) ?? Complete(body)
                : "no such place";
            context.Response.ContentType = "application/json";
            context.Response.Close(Encoding.UTF8.GetBytes(answer), willBlock: false);
        }
    }

    private string Complete(JsonObject body)
    {
        JsonArray choices = [];
        int index = 0;
        foreach (JsonNode? prompt in body["prompt"]!.AsArray())
        {
            JsonObject choice = Choice(body, prompt!.GetValue<string>());
            choice["index"] = index++;
            Change?.Invoke(choice);
            choices.Insert(0, choice);
        }

        return new JsonObject { ["object"] = "text_completion", ["choices"] = choices }.ToJsonString(new JsonSerializerOptions { MaxDepth = 64 });
    }

    private JsonObject Choice(JsonObject body, string prompt)
    {
        int tokens = body["max_tokens"]!.GetValue<int>();
        string[] stops = [.. body["stop"]?.AsArray().Select(stop => stop!.GetValue<string>()) ?? []];
        Generation generation = _model.Generate(prompt, Math.Max(tokens, 1), stops);
        string said = tokens == 0 ? string.Empty : generation.Text;
        JsonObject choice = new() { ["text"] = said, ["finish_reason"] = generation.End == GenerationEnd.Length ? "length" : "stop" };
        if (body["echo"]?.GetValue<bool>() is true)
        {
            choice["text"] = Begin + prompt + said;
            choice["logprobs"] = Echo(prompt, said);
        }

        if (body["prompt_logprobs"] is not null)
        {
            choice["prompt_logprobs"] = List(prompt);
        }

        return choice;
    }

    private JsonObject Echo(string prompt, string said)
    {
        JsonArray tokens = [];
        JsonArray values = [];
        JsonArray tops = [];
        JsonArray offsets = [];
        int offset = 0;
        string before = string.Empty;
        if (Begin is not null)
        {
            Add(Begin, null, null);
        }

        foreach (string character in CharacterModel.Split(prompt + said))
        {
            bool isFirst = Begin is null && before.Length == 0;
            (string likeliest, double most) = _model.Likeliest(before);
            Add(character, isFirst ? null : _model.LogProbability(before, character), isFirst ? null : new JsonObject { [likeliest] = most });
            before += character;
        }

        return new JsonObject { ["tokens"] = tokens, ["token_logprobs"] = values, ["top_logprobs"] = tops, ["text_offset"] = offsets };

        void Add(string token, double? value, JsonObject? top)
        {
            tokens.Add(token);
            values.Add(value);
            tops.Add(top);
            offsets.Add(offset);
            offset += CharacterModel.Split(token).Count();
        }
    }

    private JsonArray List(string prompt)
    {
        JsonArray list = [];
        string before = string.Empty;
        if (Begin is not null)
        {
            list.Add(null);
        }

        foreach (string character in CharacterModel.Split(prompt))
        {
            (string likeliest, double most) = _model.Likeliest(before);
            bool isLikeliest = string.Equals(likeliest, character, StringComparison.Ordinal);
            JsonObject entry = new() { ["17"] = new JsonObject { ["logprob"] = _model.LogProbability(before, character), ["rank"] = isLikeliest ? 1 : 5, ["decoded_token"] = character } };
            if (!isLikeliest)
            {
                entry["4"] = new JsonObject { ["logprob"] = most, ["rank"] = 1, ["decoded_token"] = likeliest };
            }

            list.Add(Begin is null && before.Length == 0 ? null : entry);
            before += character;
        }

        return list;
    }
}

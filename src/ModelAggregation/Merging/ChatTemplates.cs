namespace ModelAggregation.Merging;

/// <summary>The chat templates that recipes may name, each written from what its format's own documentation says.</summary>
internal static class ChatTemplates
{
    /// <summary>The word for the most common template among the models.</summary>
    public const string Auto = "auto";

    // Shorter text is a misspelt name.
    private const int ShortestTemplate = 20;

    private const string Alpaca = """
        {%- for message in messages -%}
        {%- if message['role'] == 'system' -%}
        {{- message['content'] + '\n\n' -}}
        {%- elif message['role'] == 'user' -%}
        {{- '### Instruction:\n' + message['content'] + '\n\n' -}}
        {%- elif message['role'] == 'assistant' -%}
        {{- '### Response:\n' + message['content'] + eos_token + '\n\n' -}}
        {%- endif -%}
        {%- endfor -%}
        {%- if add_generation_prompt -%}
        {{- '### Response:\n' -}}
        {%- endif -%}
        """;

    private const string ChatMl = """
        {%- for message in messages -%}
        {{- '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' -}}
        {%- endfor -%}
        {%- if add_generation_prompt -%}
        {{- '<|im_start|>assistant\n' -}}
        {%- endif -%}
        """;

    private const string Exaone = """
        {%- for message in messages -%}
        {%- if message['role'] == 'user' -%}
        {{- '[|user|]' + message['content'] + '\n' -}}
        {%- else -%}
        {{- '[|' + message['role'] + '|]' + message['content'] + '[|endofturn|]\n' -}}
        {%- endif -%}
        {%- endfor -%}
        {%- if add_generation_prompt -%}
        {{- '[|assistant|]' -}}
        {%- endif -%}
        """;

    private const string Llama3 = """
        {{- bos_token -}}
        {%- for message in messages -%}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' -}}
        {%- endfor -%}
        {%- if add_generation_prompt -%}
        {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' -}}
        {%- endif -%}
        """;

    // The format has no place of its own for a system message: it goes before the first message of the user.
    private const string Mistral = """
        {{- bos_token -}}
        {%- set state = namespace(system='') -%}
        {%- for message in messages -%}
        {%- if message['role'] == 'system' -%}
        {%- set state.system = message['content'] + '\n\n' -%}
        {%- elif message['role'] == 'user' -%}
        {{- '[INST] ' + state.system + message['content'] + ' [/INST]' -}}
        {%- set state.system = '' -%}
        {%- elif message['role'] == 'assistant' -%}
        {{- ' ' + message['content'] | trim + eos_token -}}
        {%- endif -%}
        {%- endfor -%}
        """;

    private static readonly (string Name, string Template)[] BuiltIn =
        [("alpaca", Alpaca), ("chatml", ChatMl), ("exaone", Exaone), ("llama3", Llama3), ("mistral", Mistral)];

    /// <summary>Gets the names of the built-in templates.</summary>
    public static IEnumerable<string> Names => BuiltIn.Select(item => item.Name);

    /// <summary>Says what is wrong with a recipe's <c>chat_template</c>, or null.</summary>
    public static string? Check(string text)
    {
        string[] words = [.. Names, Auto];
        return Array.IndexOf(words, text) >= 0 || (text.Length >= ShortestTemplate && text.Contains('{', StringComparison.Ordinal))
            ? null
            : $"'chat_template' is '{text}'; it is one of {string.Join(", ", words)}, or a Jinja template of at least {ShortestTemplate} characters with a '{{'.{NearestName.Suggest(text, words)}";
    }

    /// <summary>Returns a built-in template, or the text itself.</summary>
    public static string Find(string text) => Array.Find(BuiltIn, item => string.Equals(item.Name, text, StringComparison.Ordinal)).Template ?? text;
}

using System.Globalization;
using System.Text;

namespace ModelAggregation.Merging.Recipes;

/// <content>The keys of vocabularies: <c>tokenizer_source</c>, <c>tokenizer</c>, <c>chat_template</c>.</content>
internal static partial class RecipeWriter
{
    private static void Tokenizer(StringBuilder text, MergeTokenizer? tokenizer)
    {
        if (tokenizer is null)
        {
            return;
        }

        if (tokenizer.Tokens.Count == 0 && tokenizer.PadToMultipleOf is null)
        {
            Line(text, 0, $"tokenizer_source: {Quote(tokenizer.Source)}");
            return;
        }

        Line(text, 0, "tokenizer:");
        Line(text, 2, $"source: {Quote(tokenizer.Source)}");
        if (tokenizer.Tokens.Count > 0)
        {
            Line(text, 2, "tokens:");
            foreach (MergeToken token in tokenizer.Tokens)
            {
                Line(text, 4, $"{Quote(token.Token)}: {Token(token)}");
            }
        }

        if (tokenizer.PadToMultipleOf is { } multiple)
        {
            Line(text, 2, string.Create(CultureInfo.InvariantCulture, $"pad_to_multiple_of: {multiple}"));
        }
    }

    private static string Token(MergeToken token)
    {
        string[] entries = [.. new[] { token.Source is { } source ? $"source: {Source(source)}" : null, token.IsForced ? "force: true" : null }.OfType<string>()];
        return $"{{{string.Join(", ", entries)}}}";
    }

    private static string Source(TokenSource source) => source switch
    {
        { Model: null } => "{kind: zero}",
        { Token: { } token } => $"{{kind: model_token, model: {Quote(source.Model)}, token: {Quote(token)}}}",
        { TokenId: { } id } => string.Create(CultureInfo.InvariantCulture, $"{{kind: model_token, model: {Quote(source.Model)}, token_id: {id}}}"),
        _ => Quote(source.Model),
    };
}

using System.Security.Cryptography;
using System.Text;
using ModelRuntime.Tokenizers;

namespace ModelRuntime.Encoders;

/// <summary>Tells tokenizers apart by what they make of some texts: models with the same weights embed differently with another.</summary>
internal static class TokenizerProbe
{
    private static readonly string[] Texts =
        [string.Empty, "The quick Brown fox isn't 12,345 steps away!", "  two  spaces\tand\na line", "rev:abcde=", "Déjà vu, ÜBER naïve", "你好 мир 🙂", "<s> [CLS] </s> ##ing ▁a"];

    public static string Of(ITokenizer tokenizer)
    {
        StringBuilder said = new($"{tokenizer.VocabularySize} {tokenizer.BeginToken} {tokenizer.EndToken} {tokenizer.PadToken}\n");
        foreach (string text in Texts)
        {
            said.Append(Encode(tokenizer, text)).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(said.ToString())))[..16];
    }

    private static string Encode(ITokenizer tokenizer, string text)
    {
        try
        {
            return string.Join(' ', tokenizer.Encode(text));
        }
        catch (RuntimeException e) when (e.Error == RuntimeError.TextInvalid)
        {
            // That it has no token for a part of the text tells it from others as well.
            return "refused";
        }
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ModelRuntime;
using ModelRuntime.Tokenizers;

namespace ModelAggregation.Runtime;

/// <summary>Tells tokenizers apart by what they do, as far as probes show it.</summary>
internal static class TokenizerFingerprint
{
    private const int IdBytes = 8;

    // Words, cases, spaces at either end and in between, digits and signs, lines, code, accents composed and not, other scripts, signs beyond 16 bits, and what looks like a special token.
    private static readonly string[] Probes =
    [
        "The quick brown fox jumps over the lazy dog.", "the Internationalization OF tokenizers", " a", "a ", "a  b   c", "\ta\nb\r\n\nc", "0123456789 3.14159 1,000,000", "37+48=85", "It's we'll DON'T",
        "def f(x):\n    return x ** 2  # squares", "<s></s><|endoftext|><|im_start|>[CLS]<unk>", "na\u00efve caf\u00e9", "nai\u0308ve cafe\u0301", "\u00fcber Stra\u00dfe", "\u041f\u0440\u0438\u0432\u0435\u0442", "\u4f60\u597d\u4e16\u754c",
        "\u3053\u3093\u306b\u3061\u306f", "\u0645\u0631\u062d\u0628\u0627", "\U0001f600\U0001f468\u200d\U0001f469", "\u200b\u00a0\ufb01", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "aaaaaaaaaaaaaaaa", "http://localhost/a?b=c&d", string.Empty,
    ];

    /// <summary>Returns a hash of the size, the special tokens, the encodings of the probes and the text of each token.</summary>
    public static string Of(ITokenizer tokenizer)
    {
        StringBuilder text = new();
        Append([tokenizer.VocabularySize, tokenizer.BeginToken ?? -1, tokenizer.EndToken ?? -1, tokenizer.PadToken ?? -1]);
        Append(tokenizer.PrefixTokens);
        foreach (string probe in Probes)
        {
            try
            {
                Append(tokenizer.Encode(probe, addSpecialTokens: false));
                Append(tokenizer.Encode(probe));
            }
            catch (RuntimeException e) when (e.Error is RuntimeError.TextInvalid)
            {
                // Which texts it refuses is a part of what it does.
                text.Append("refused;");
            }
        }

        // The probes reach few pieces of a large vocabulary; what each token is decoded to shows the others.
        for (int token = 0; token < tokenizer.VocabularySize; token++)
        {
            string piece = tokenizer.Decode([token], skipSpecialTokens: false);
            text.Append(CultureInfo.InvariantCulture, $"{piece.Length}:{piece}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.Unicode.GetBytes(text.ToString())).AsSpan(0, IdBytes));

        void Append(IReadOnlyList<int> tokens) => text.AppendJoin(',', tokens).Append(';');
    }
}

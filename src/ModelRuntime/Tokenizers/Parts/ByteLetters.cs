using System.Text;

namespace ModelRuntime.Tokenizers.Parts;

/// <summary>The letters that GPT-2 writes bytes with: printable ones of Latin-1 as themselves, the others from U+0100 on.</summary>
internal static class ByteLetters
{
    private static readonly char[] Letters = MakeLetters();
    private static readonly short[] Bytes = MakeBytes();

    /// <summary>Spells the UTF-8 bytes of a text in letters.</summary>
    public static string Spell(string text) => string.Create(Encoding.UTF8.GetByteCount(text), text, static (letters, source) =>
    {
        byte[] bytes = Encoding.UTF8.GetBytes(source);
        for (int i = 0; i < bytes.Length; i++)
        {
            letters[i] = Letters[bytes[i]];
        }
    });

    /// <summary>Adds the bytes that a token spells; those of its UTF-8 where it has other letters.</summary>
    public static void AddBytes(string token, List<byte> bytes)
    {
        int before = bytes.Count;
        foreach (char letter in token)
        {
            if (letter >= Bytes.Length || Bytes[letter] < 0)
            {
                bytes.RemoveRange(before, bytes.Count - before);
                bytes.AddRange(Encoding.UTF8.GetBytes(token));
                return;
            }

            bytes.Add((byte)Bytes[letter]);
        }
    }

    private static char[] MakeLetters()
    {
        char[] letters = new char[256];
        char next = '\u0100';
        for (int value = 0; value < letters.Length; value++)
        {
            bool isPrintable = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE;
            letters[value] = isPrintable ? (char)value : next++;
        }

        return letters;
    }

    private static short[] MakeBytes()
    {
        short[] bytes = new short[0x144];
        Array.Fill(bytes, (short)-1);
        for (short value = 0; value < 256; value++)
        {
            bytes[Letters[value]] = value;
        }

        return bytes;
    }
}

using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace ModelRuntime.Tokenizers.Unicode;

/// <summary>The canonical forms NFD and NFC of Unicode (UAX #15).</summary>
/// <remarks>Own tables: a process with invariant globalization, as servers and containers have, leaves text as it is in <see cref="string.Normalize()"/>.</remarks>
internal static class CanonicalForms
{
    private const int HangulFirst = 0xAC00;
    private const int LeadFirst = 0x1100;
    private const int VowelFirst = 0x1161;
    private const int TailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TailCount = 28;

    private static readonly Lazy<Tables> Data = new(Read);

    /// <summary>Returns the text decomposed (NFD).</summary>
    public static string Decompose(string text) =>
        text.AsSpan().IndexOfAnyInRange('\u00C0', '\uFFFF') < 0 ? text : ToText(Decomposed(text));

    /// <summary>Returns the text composed (NFC).</summary>
    public static string Compose(string text)
    {
        // Below the first combining mark nothing composes, and nothing is anything but itself.
        if (text.AsSpan().IndexOfAnyInRange('\u0300', '\uFFFF') < 0)
        {
            return text;
        }

        List<int> parts = Decomposed(text);
        List<int> result = new(parts.Count);
        int starter = -1;
        int lastClass = 0;
        foreach (int part in parts)
        {
            int order = Data.Value.Class(part);
            bool isBlocked = starter < 0 || (starter < result.Count - 1 && (lastClass == 0 || lastClass >= order));
            if (!isBlocked && Pair(result[starter], part) is { } whole)
            {
                result[starter] = whole;
                continue;
            }

            if (order == 0)
            {
                starter = result.Count;
            }

            lastClass = order;
            result.Add(part);
        }

        return ToText(result);
    }

    private static int? Pair(int first, int second)
    {
        int lead = first - LeadFirst;
        int vowel = second - VowelFirst;
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
        {
            return HangulFirst + (((lead * VowelCount) + vowel) * TailCount);
        }

        int syllable = first - HangulFirst;
        int tail = second - TailBase;
        if (syllable >= 0 && syllable < LeadCount * VowelCount * TailCount && syllable % TailCount == 0 && tail is > 0 and < TailCount)
        {
            return first + tail;
        }

        return Data.Value.Compositions.TryGetValue((first, second), out int whole) ? whole : null;
    }

    private static List<int> Decomposed(string text)
    {
        List<int> parts = new(text.Length + 8);
        foreach (Rune rune in text.EnumerateRunes())
        {
            Append(parts, rune.Value);
        }

        // Marks of one base stand in the order of their classes; a stable insertion, since there are few.
        int start = 0;
        while (start < parts.Count)
        {
            int end = start;
            while (end < parts.Count && Data.Value.Class(parts[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                int[] marks = [.. parts.GetRange(start, end - start).OrderBy(Data.Value.Class)];
                for (int i = 0; i < marks.Length; i++)
                {
                    parts[start + i] = marks[i];
                }
            }

            start = end + 1;
        }

        return parts;
    }

    private static void Append(List<int> parts, int character)
    {
        int syllable = character - HangulFirst;
        if (syllable is >= 0 and < LeadCount * VowelCount * TailCount)
        {
            parts.Add(LeadFirst + (syllable / (VowelCount * TailCount)));
            parts.Add(VowelFirst + (syllable / TailCount % VowelCount));
            if (syllable % TailCount is > 0 and var tail)
            {
                parts.Add(TailBase + tail);
            }
        }
        else if (Data.Value.Decompositions.TryGetValue(character, out int[]? pieces))
        {
            foreach (int piece in pieces)
            {
                Append(parts, piece);
            }
        }
        else
        {
            parts.Add(character);
        }
    }

    private static string ToText(List<int> characters)
    {
        StringBuilder text = new(characters.Count + 8);
        foreach (int character in characters)
        {
            Characters.Append(text, new Rune(character));
        }

        return text.ToString();
    }

    private static Tables Read()
    {
        using Stream stream = typeof(CanonicalForms).Assembly.GetManifestResourceStream("canonical.txt")!;
        using StreamReader reader = new(stream);
        Dictionary<int, int[]> decompositions = [];
        Dictionary<(int, int), int> compositions = [];
        Dictionary<int, int> classes = [];
        while (reader.ReadLine() is { } line)
        {
            string[] words = line[1..].Split(' ');
            switch (line[0])
            {
                case '^':
                    foreach (string range in words.Skip(1))
                    {
                        int[] ends = [.. range.Split('-').Select(Hexadecimal)];
                        for (int character = ends[0]; character <= ends[^1]; character++)
                        {
                            classes.Add(character, int.Parse(words[0], CultureInfo.InvariantCulture));
                        }
                    }

                    break;
                case '=' or '-':
                    int[] numbers = [.. words.Select(Hexadecimal)];
                    decompositions.Add(numbers[0], numbers[1..]);
                    if (line[0] == '=')
                    {
                        compositions.Add((numbers[1], numbers[2]), numbers[0]);
                    }

                    break;
            }
        }

        return new Tables(decompositions.ToFrozenDictionary(), compositions.ToFrozenDictionary(), classes.ToFrozenDictionary());
    }

    private static int Hexadecimal(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private sealed record Tables(FrozenDictionary<int, int[]> Decompositions, FrozenDictionary<(int, int), int> Compositions, FrozenDictionary<int, int> Classes)
    {
        public int Class(int character) => Classes.GetValueOrDefault(character);
    }
}

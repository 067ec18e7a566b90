using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ModelAggregation.Merging.Recipes;

/// <summary>Looks through YAML events before a node tree is built from them: the tree's builder is recursive, the event reader is not.</summary>
internal static class YamlLimits
{
    // A recipe nests eight deep.
    private const int DeepestNesting = 32;

    /// <summary>Finds the first thing that is not read, with its place.</summary>
    /// <param name="yaml">The text.</param>
    public static (string Message, Mark Place)? Check(string yaml)
    {
        if (FindUnprintable(yaml) is { } place)
        {
            return ($"The character U+{(int)yaml[(int)place.Index]:X4} is not allowed in YAML.", place);
        }

        HashSet<AnchorName> anchors = [];
        using StringReader text = new(yaml);
        Parser parser = new(text);
        // How many keys and values each open mapping has; -1 for a sequence.
        Stack<int> open = [];
        Mark reached = new(0, 1, 1);
        bool isBroken;
        while (TryMoveNext(parser, out isBroken))
        {
            ParsingEvent current = parser.Current!;
            reached = current.End;
            if (current is NodeEvent { Anchor.IsEmpty: false } anchored)
            {
                anchors.Add(anchored.Anchor);
            }

            if (current is NodeEvent or AnchorAlias && open.TryPeek(out int count) && count >= 0)
            {
                open.Pop();
                open.Push(count + 1);
            }

            switch (current)
            {
                case AnchorAlias alias when !anchors.Contains(alias.Value):
                    return ($"Alias '*{alias.Value}' stands for nothing: no '&{alias.Value}' comes before it.", current.Start);
                case DocumentStart:
                    anchors.Clear();
                    break;
                case MappingStart or SequenceStart when open.Count == DeepestNesting:
                    return ($"Nested more than {DeepestNesting} deep.", current.Start);
                case MappingEnd when open.Pop() % 2 != 0:
                    // The parser lets '- : value' pass; the tree's builder does not.
                    return ("Not valid YAML: a value has no key.", current.Start);
                case SequenceEnd:
                    open.Pop();
                    break;
                case NodeEvent { Tag.IsEmpty: false } node when node is not Scalar { Tag.IsNonSpecific: true }:
                    return ($"Tags such as '{node.Tag}' are not supported; write the value alone.", current.Start);
            }

            if (current is MappingStart or SequenceStart)
            {
                open.Push(current is MappingStart ? 0 : -1);
            }
        }

        return isBroken ? ("Not valid YAML after this place.", reached) : null;
    }

    // The scanner fails like this, without a place, on unquoted text that breaks a flow collection and on tags that are no URIs.
    private static bool TryMoveNext(Parser parser, out bool isBroken)
    {
        isBroken = false;
        try
        {
            return parser.MoveNext();
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            isBroken = true;
            return false;
        }
    }

    // The reader of events fails on these with errors that have no place.
    private static Mark? FindUnprintable(string yaml)
    {
        int line = 1;
        int lineStart = 0;
        for (int index = 0; index < yaml.Length; index++)
        {
            if (yaml[index] == '\n')
            {
                line++;
                lineStart = index + 1;
            }
            else if (char.IsHighSurrogate(yaml[index]) && index + 1 < yaml.Length && char.IsLowSurrogate(yaml[index + 1]))
            {
                index++;
            }
            else if (!IsPrintable(yaml[index]))
            {
                return new Mark(index, line, index - lineStart + 1);
            }
        }

        return null;
    }

    // Production c-printable of YAML 1.2, half a surrogate pair not being a character.
    private static bool IsPrintable(char letter) =>
        letter is '\t' or '\r' or '\u0085' or (>= ' ' and <= '~') or (>= '\u00A0' and <= '\uD7FF') or (>= '\uE000' and <= '\uFFFD');
}

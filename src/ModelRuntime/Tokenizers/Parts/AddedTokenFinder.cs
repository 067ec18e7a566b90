using System.Buffers;
using System.Text;
using ModelRuntime.Tokenizers.Unicode;
using ModelTensors.Tokenizers;

namespace ModelRuntime.Tokenizers.Parts;

/// <summary>Finds added tokens in a text: the leftmost first, of those the longest.</summary>
internal sealed class AddedTokenFinder
{
    private const int Root = 0;

    // A tree of characters; what a node ends is its token.
    private readonly Dictionary<(int Node, char Unit), int> _children = [];
    private readonly List<(int Id, AddedToken? Token)> _nodes = [(-1, null)];
    private readonly SearchValues<char> _first;

    /// <summary>Creates a finder.</summary>
    /// <param name="tokens">The tokens with their numbers, and what to look for: of equal texts the first, and no empty ones.</param>
    public AddedTokenFinder(IEnumerable<(string Content, int Id, AddedToken Token)> tokens)
    {
        foreach ((string content, int id, AddedToken token) in tokens)
        {
            int node = Root;
            foreach (char unit in content)
            {
                if (!_children.TryGetValue((node, unit), out int child))
                {
                    child = _nodes.Count;
                    _children.Add((node, unit), child);
                    _nodes.Add((-1, null));
                }

                node = child;
            }

            if (node != Root && _nodes[node].Token is null)
            {
                _nodes[node] = (id, token);
            }
        }

        _first = SearchValues.Create([.. _children.Keys.Where(key => key.Node == Root).Select(key => key.Unit)]);
    }

    /// <summary>Cuts a text into added tokens and what is between them, whose number is -1; nothing is empty.</summary>
    public List<(TextRange Range, int Id)> Find(string text)
    {
        List<(TextRange Range, int Id)> found = [];
        int done = 0;
        int position = 0;
        while (text.AsSpan(position).IndexOfAny(_first) is >= 0 and var skipped)
        {
            position += skipped;
            int node = Longest(text, position, out int length);
            if (node == Root)
            {
                position++;
                continue;
            }

            int start = position;
            int end = position + length;
            position = end;
            (int id, AddedToken? token) = _nodes[node];
            if (token!.IsSingleWord && (EndsWithWord(text.AsSpan(0, start)) || BeginsWithWord(text.AsSpan(end))))
            {
                continue;
            }

            if (token.StripsLeft)
            {
                // The token before may have taken the white space between.
                start = Math.Max(text.AsSpan(0, start).TrimEnd().Length, done);
            }

            if (token.StripsRight)
            {
                end = text.Length - text.AsSpan(end).TrimStart().Length;
            }

            AddBetween(found, done, start);
            found.Add((new TextRange(start, end), id));
            done = end;
            position = Math.Max(position, end);
        }

        AddBetween(found, done, text.Length);
        return found;
    }

    private static void AddBetween(List<(TextRange Range, int Id)> found, int start, int end)
    {
        if (end > start)
        {
            found.Add((new TextRange(start, end), -1));
        }
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text) => Rune.DecodeLastFromUtf16(text, out Rune rune, out _) == OperationStatus.Done && Characters.IsWord(rune);

    private static bool BeginsWithWord(ReadOnlySpan<char> text) => Rune.DecodeFromUtf16(text, out Rune rune, out _) == OperationStatus.Done && Characters.IsWord(rune);

    private int Longest(string text, int start, out int length)
    {
        int longest = Root;
        int node = Root;
        length = 0;
        for (int i = start; i < text.Length && _children.TryGetValue((node, text[i]), out node); i++)
        {
            if (_nodes[node].Token is not null)
            {
                longest = node;
                length = i + 1 - start;
            }
        }

        return longest;
    }
}

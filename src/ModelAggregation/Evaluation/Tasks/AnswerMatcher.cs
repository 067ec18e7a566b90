using System.Text.RegularExpressions;

namespace ModelAggregation.Evaluation.Tasks;

/// <summary>Finds the answer in what a model generates, and compares it with the right one, as lm-evaluation-harness does.</summary>
internal sealed class AnswerMatcher
{
    // For patterns that somebody wrote and texts that a model wrote: a match that takes longer never ends.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly ExactMatchOptions _options;
    private readonly Regex? _pattern;
    private readonly Regex[] _ignores;

    /// <summary>Creates a matcher.</summary>
    /// <exception cref="ArgumentException">A regular expression is none.</exception>
    public AnswerMatcher(ExactMatchOptions options)
    {
        _options = options;
        _pattern = options.Pattern is { } pattern ? Compile(pattern) : null;
        _ignores = [.. options.Ignores.Select(Compile)];
    }

    /// <summary>Says whether a generation gives the right answer.</summary>
    public bool Matches(Generation generation, string answer)
    {
        if (_options.MustEnd && generation.End != GenerationEnd.Stopped)
        {
            return false;
        }

        string? found = _pattern is null ? generation.Text : Find(generation.Text);
        return found is not null && string.Equals(Normalize(found), Normalize(answer), StringComparison.Ordinal);
    }

    private static Regex Compile(string pattern) => new(pattern, RegexOptions.CultureInvariant, Longest);

    private string? Find(string text)
    {
        MatchCollection matches = _pattern!.Matches(text);
        if (matches.Count == 0)
        {
            return null;
        }

        Match match = matches[_options.TakesLast ? matches.Count - 1 : 0];
        return (match.Groups.Count == 1 ? match.Value : match.Groups.Values.Skip(1).FirstOrDefault(group => group.Length > 0)?.Value ?? string.Empty).Trim();
    }

    private string Normalize(string text)
    {
        foreach (Regex ignored in _ignores)
        {
            text = ignored.Replace(text, string.Empty);
        }

        if (_options.IgnoresCase)
        {
            text = text.ToLowerInvariant();
        }

        return _options.IgnoresPunctuation ? string.Concat(text.Where(c => !(char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c))))) : text;
    }
}

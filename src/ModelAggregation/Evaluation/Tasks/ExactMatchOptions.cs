using System.Diagnostics.CodeAnalysis;

namespace ModelAggregation.Evaluation.Tasks;

/// <summary>The settings of an <see cref="ExactMatchTask"/>.</summary>
public sealed record ExactMatchOptions
{
    /// <summary>Gets the settings of GSM8K as Model-GLUE runs it: up to <c>"\n\n"</c> or <c>"Question:"</c>, the first number after <c>####</c>, without commas, dollar signs and what stands before.</summary>
    public static ExactMatchOptions Gsm8k { get; } = new()
    {
        Stops = ["\n\n", "Question:"],
        Pattern = @"#### (\-?[0-9\.\,]+)",
        Ignores = [",", @"\$", "(?s).*#### "],
        IgnoresCase = true,
    };

    /// <summary>Gets the most tokens to generate.</summary>
    /// <value>At least 1; 256 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int MaxTokens
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 256;

    /// <summary>Gets the texts at which a generation ends, besides the model's end token.</summary>
    /// <value>None by default; none of them is empty.</value>
    /// <exception cref="ArgumentException">A text is empty.</exception>
    public IReadOnlyList<string> Stops { get; init => field = new GenerationRequest(string.Empty) { Stops = value }.Stops; } = [];

    /// <summary>Gets whether a generation that did not end by itself is wrong, whatever it says.</summary>
    /// <value>False by default.</value>
    public bool MustEnd { get; init; }

    /// <summary>Gets the regular expression that finds the answer in what is generated: its first group that matched, or all of it where it has none, without white space at the ends. Nothing found is a wrong answer.</summary>
    /// <value>Null by default: all that is generated is the answer.</value>
    [StringSyntax(StringSyntaxAttribute.Regex)]
    public string? Pattern { get; init; }

    /// <summary>Gets whether the last match of <see cref="Pattern"/> counts, and not the first.</summary>
    /// <value>False by default.</value>
    public bool TakesLast { get; init; }

    /// <summary>Gets the regular expressions whose matches are taken out of both answers before they are compared, one after the other.</summary>
    /// <value>None by default.</value>
    public IReadOnlyList<string> Ignores { get; init; } = [];

    /// <summary>Gets whether upper and lower case are the same.</summary>
    /// <value>False by default.</value>
    public bool IgnoresCase { get; init; }

    /// <summary>Gets whether the 32 punctuation characters of ASCII are taken out of both answers.</summary>
    /// <value>False by default.</value>
    public bool IgnoresPunctuation { get; init; }

    /// <summary>Gets the share of the task in an evaluation's merit.</summary>
    /// <value>1 by default.</value>
    public double Weight { get; init; } = 1;
}

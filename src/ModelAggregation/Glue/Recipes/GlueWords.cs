using System.Text;
using ModelAggregation.Evaluation.Tasks;
using ModelAggregation.Mixture;

namespace ModelAggregation.Glue.Recipes;

/// <summary>The words of a file for what code has as enumerations: the field's own where it has some, else the names in lower case with underscores.</summary>
internal static class GlueWords
{
    public const string None = "none";
    public const string PruningConfidence = "pruning_confidence";

    public static string Word<T>(T value)
        where T : struct, Enum => (object)value switch
        {
            GlueMixtureLevel.FeedForward => "ffn",
            GateMode.HiddenAverage => "hidden_avg",
            GateMode.HiddenFeedForwardInput => "hidden_ffn_input",
            ChoiceMetric.Accuracy => "acc",
            ChoiceMetric.PerCharacter => "acc_norm",
            ChoiceMetric.PerByte => "acc_bytes",
            PerplexityMetric.PerToken => "perplexity",
            PerplexityMetric.PerWord => "word_perplexity",
            PerplexityMetric.PerByte => "byte_perplexity",
            _ => Underscored(value.ToString()),
        };

    public static IEnumerable<string> All<T>()
        where T : struct, Enum => Enum.GetValues<T>().Select(Word);

    public static bool TryParse<T>(string word, out T value)
        where T : struct, Enum
    {
        value = Enum.GetValues<T>().FirstOrDefault(item => string.Equals(Word(item), word, StringComparison.Ordinal));
        return string.Equals(Word(value), word, StringComparison.Ordinal);
    }

    private static string Underscored(string name)
    {
        StringBuilder text = new();
        foreach (char letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }
}

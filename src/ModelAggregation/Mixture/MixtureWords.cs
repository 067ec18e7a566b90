namespace ModelAggregation.Mixture;

/// <summary>The words of recipes, <c>config.json</c> and <c>aggregation.json</c> that are not the names of enumerations in lower case.</summary>
internal static class MixtureWords
{
    public static readonly (string Word, MixtureLevel Value)[] Levels =
        [("ffn", MixtureLevel.FeedForward), ("block", MixtureLevel.Block), ("model", MixtureLevel.Model)];

    public static readonly (string Word, GateMode Value)[] GateModes =
    [
        ("hidden", GateMode.Hidden), ("hidden_avg", GateMode.HiddenAverage), ("hidden_ffn_input", GateMode.HiddenFeedForwardInput),
        ("cheap_embed", GateMode.CheapEmbed), ("random", GateMode.Random), ("uniform_random", GateMode.UniformRandom), ("fitted", GateMode.Fitted),
    ];

    // As the configurations of Model-GLUE say it; the last token's is ours.
    public static readonly (string Word, RouterPooling Value)[] Poolers =
        [("mean", RouterPooling.Mean), ("first_token", RouterPooling.First), ("last_token", RouterPooling.Last)];

    /// <summary>Returns the word of a value.</summary>
    public static string Word<T>((string Word, T Value)[] words, T value)
        where T : struct, Enum => Array.Find(words, item => EqualityComparer<T>.Default.Equals(item.Value, value)).Word;

    /// <summary>Returns the value of a word, or null when it is not one of those.</summary>
    public static T? Find<T>((string Word, T Value)[] words, string? word)
        where T : struct, Enum
    {
        int index = Array.FindIndex(words, item => string.Equals(item.Word, word, StringComparison.Ordinal));
        return index < 0 ? null : words[index].Value;
    }
}

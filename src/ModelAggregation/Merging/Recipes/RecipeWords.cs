namespace ModelAggregation.Merging.Recipes;

/// <summary>The words of a recipe's policies: the names of the enumerations in lower case.</summary>
internal static class RecipeWords
{
    public static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    public static IEnumerable<string> All<T>()
        where T : struct, Enum => Enum.GetValues<T>().Select(Word);

    public static bool TryParse<T>(string word, out T value)
        where T : struct, Enum
    {
        value = Enum.GetValues<T>().FirstOrDefault(item => string.Equals(Word(item), word, StringComparison.Ordinal));
        return string.Equals(Word(value), word, StringComparison.Ordinal);
    }
}

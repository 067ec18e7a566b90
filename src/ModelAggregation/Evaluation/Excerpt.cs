namespace ModelAggregation.Evaluation;

/// <summary>The beginnings of texts, for messages.</summary>
internal static class Excerpt
{
    private const int Length = 200;

    public static string Of(string text) => text.Length <= Length ? text : $"{text[..Length]}…";
}

namespace ModelAggregation.Mixture.Routers;

/// <summary>Deals prompts out to the parts of a cross-validation.</summary>
internal static class FittingFolds
{
    /// <summary>Returns the part of each prompt. Each part gets its share of each label; all occurrences of a text go to one part, or it would be learnt from itself.</summary>
    public static int[] Deal(IReadOnlyList<LabelledPrompt> prompts, int folds, ulong seed)
    {
        LabelledPrompt[] texts = [.. prompts.DistinctBy(prompt => prompt.Prompt, StringComparer.Ordinal)];
        int parts = Math.Max(1, Math.Min(folds, texts.Length));
        ulong[] order = RouterRandom.Order(seed, "folds", texts.Length);
        Dictionary<string, int> partOf = new(StringComparer.Ordinal);
        foreach (int index in Enumerable.Range(0, texts.Length).OrderBy(index => texts[index].Expert).ThenBy(index => order[index]))
        {
            partOf.Add(texts[index].Prompt, partOf.Count % parts);
        }

        return [.. prompts.Select(prompt => partOf[prompt.Prompt])];
    }
}

namespace ModelRuntime.Training;

/// <summary>The part of a step's examples that is computed at once.</summary>
/// <param name="Batch">The tokens.</param>
/// <param name="Labels">What is to be predicted at each, or −1.</param>
/// <param name="LabelCount">The number of labels that are not −1.</param>
internal sealed record MicroBatch(TokenBatch Batch, int[] Labels, int LabelCount)
{
    public static MicroBatch Of(IReadOnlyList<TrainingExample> examples)
    {
        TokenBatch batch = TokenBatch.Of([.. examples.Select(example => example.Tokens)]);
        int[] labels = new int[batch.TokenCount];
        for (int i = 0; i < examples.Count; i++)
        {
            examples[i].WriteLabels(labels.AsSpan(batch.StartOf(i), batch.LengthOf(i)));
        }

        return new MicroBatch(batch, labels, examples.Sum(example => example.LabelCount));
    }
}

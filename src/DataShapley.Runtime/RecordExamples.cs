using DataShapley.Datasets;
using DataShapley.Refinement;
using ModelRuntime;
using ModelRuntime.Tokenizers;
using ModelRuntime.Training;

namespace DataShapley.Runtime;

/// <summary>Makes training examples of the records of a data set.</summary>
public static class RecordExamples
{
    /// <summary>Reads all records.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="prompt">Makes the prompt of a record, which is read only.</param>
    /// <param name="answer">Makes the answer, which is learnt.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>An example for each record, in their order.</returns>
    /// <exception cref="DatasetException">A record is not what it should be.</exception>
    /// <exception cref="RuntimeException">The tokenizer has no token for a part of a text (<see cref="RuntimeError.TextInvalid"/>).</exception>
    public static async Task<IReadOnlyList<TrainingExample>> ReadAsync(
        Dataset dataset, ITokenizer tokenizer, RecordTemplate prompt, RecordTemplate answer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(answer);
        List<TrainingExample> examples = new(dataset.Count);
        await foreach (DatasetRecord record in dataset.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            examples.Add(TrainingExample.FromText(tokenizer, prompt.Render(record), answer.Render(record)));
        }

        return examples;
    }
}

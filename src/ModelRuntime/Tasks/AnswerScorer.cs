using ModelRuntime.Decoders;
using ModelRuntime.Tokenizers;
using ModelRuntime.Training;
using ModelTensors;

namespace ModelRuntime.Tasks;

/// <summary>Asks a model questions and compares its answers with the right ones.</summary>
/// <remarks>
/// Greedy decoding gives the right answer exactly where each of its tokens is the likeliest one after those before it. So one forward pass over prompts and answers
/// tells both the probabilities of the answers and what decoding would give.
/// </remarks>
public static class AnswerScorer
{
    private const int BatchTokens = 4096;

    /// <summary>Asks all questions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer; what it puts before texts and its end token are added where it has them.</param>
    /// <param name="examples">The questions with their right answers.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>The outcomes, in the order of the questions.</returns>
    /// <exception cref="RuntimeException">The tokenizer has no token for a part of a text, or a logit is not finite.</exception>
    public static IReadOnlyList<AnswerOutcome> Score(
        DecoderModel model, ITokenizer tokenizer, IReadOnlyList<TaskExample> examples, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(examples);
        TrainingExample[] tokens = [.. examples.Select(example => TrainingExample.FromText(tokenizer, example.Prompt, example.Answer))];
        List<AnswerOutcome> outcomes = new(examples.Count);
        for (int start = 0, end = 0; start < examples.Count; start = end)
        {
            int length = 0;
            while (end < examples.Count && (end == start || length + tokens[end].Tokens.Length <= BatchTokens))
            {
                length += tokens[end++].Tokens.Length;
            }

            TokenBatch batch = TokenBatch.Of([.. tokens[start..end].Select(example => example.Tokens)]);
            int[] rows = [.. Enumerable.Range(start, end - start).SelectMany(i => Enumerable.Range(batch.StartOf(i - start) + tokens[i].FirstAnswer - 1, tokens[i].LabelCount))];
            ForwardOptions options = new() { LogitRows = rows, PromptLengths = [.. tokens[start..end].Select(example => example.FirstAnswer)] };
            using DecoderOutput output = model.Forward(batch, options, cancellationToken);
            for (int i = start, row = 0; i < end; row += tokens[i].LabelCount, i++)
            {
                outcomes.Add(Compare(examples[i], tokens[i].Tokens.Span[tokens[i].FirstAnswer..], output.Logits, row));
            }
        }

        return outcomes;
    }

    private static AnswerOutcome Compare(TaskExample example, ReadOnlySpan<int> answer, HostTensor logits, int row)
    {
        int vocabulary = (int)logits.Shape[1];
        bool isExact = true;
        double likelihood = 0;
        for (int i = 0; i < answer.Length; i++)
        {
            ReadOnlySpan<float> scores = logits.AsSpan<float>((long)(row + i) * vocabulary, vocabulary);
            int likeliest = 0;
            for (int token = 1; token < scores.Length; token++)
            {
                likeliest = scores[token] > scores[likeliest] ? token : likeliest;
            }

            double sum = 0;
            foreach (float score in scores)
            {
                sum += Math.Exp((double)score - scores[likeliest]);
            }

            isExact &= likeliest == answer[i];
            likelihood += Math.Log(sum) - ((double)scores[answer[i]] - scores[likeliest]);
        }

        return double.IsFinite(likelihood)
            ? new AnswerOutcome(example, isExact, likelihood)
            : throw new RuntimeException(RuntimeError.NotFinite, $"The probability of '{example.Answer}' after '{example.Prompt}' is not a finite number: the model has weights or logits that are none.");
    }
}

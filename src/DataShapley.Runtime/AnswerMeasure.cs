using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Training;

namespace DataShapley.Runtime;

/// <summary>Measures how a model answers a fixed set of examples. Holds no model; safe to use from several threads.</summary>
internal sealed class AnswerMeasure
{
    private readonly List<AnswerBatch> _batches = [];
    private readonly int _examples;

    /// <summary>Prepares the batches.</summary>
    /// <param name="examples">The examples, at least one.</param>
    /// <param name="batchTokens">The most tokens of a batch; a longer example is one alone.</param>
    public AnswerMeasure(IReadOnlyList<TrainingExample> examples, int batchTokens)
    {
        _examples = examples.Count;
        for (int start = 0, end; start < examples.Count; start = end)
        {
            end = start + 1;
            for (long tokens = examples[start].Tokens.Length; end < examples.Count && tokens + examples[end].Tokens.Length <= batchTokens; end++)
            {
                tokens += examples[end].Tokens.Length;
            }

            _batches.Add(new AnswerBatch([.. examples.Skip(start).Take(end - start)]));
        }
    }

    /// <summary>Measures a model.</summary>
    public double Score(DecoderModel model, FineTuneScore score, CancellationToken cancellationToken)
    {
        double sum = 0;
        foreach (AnswerBatch batch in _batches)
        {
            sum += score == FineTuneScore.ExactMatch
                ? batch.CountExact(model, cancellationToken)
                : -model.Loss(batch.Tokens, batch.Labels, cancellationToken).NegativeLogLikelihood;
        }

        return sum / _examples;
    }

    private sealed class AnswerBatch
    {
        private readonly int[] _labels;
        private readonly int[] _labelled;

        public AnswerBatch(IReadOnlyList<TrainingExample> examples)
        {
            Tokens = TokenBatch.Of([.. examples.Select(example => example.Tokens)]);
            _labels = new int[Tokens.TokenCount];
            for (int i = 0; i < examples.Count; i++)
            {
                examples[i].WriteLabels(_labels.AsSpan(Tokens.StartOf(i), Tokens.LengthOf(i)));
            }

            _labelled = [.. Enumerable.Range(0, _labels.Length).Where(row => _labels[row] >= 0)];
        }

        public TokenBatch Tokens { get; }

        public ReadOnlySpan<int> Labels => _labels;

        /// <summary>Greedy decoding gives an answer exactly where each of its tokens is the likeliest after those before it.</summary>
        public int CountExact(DecoderModel model, CancellationToken cancellationToken)
        {
            using DecoderOutput output = model.Forward(Tokens, new ForwardOptions { LogitRows = _labelled }, cancellationToken);
            int vocabulary = model.Config.VocabularySize;
            HashSet<int> wrong = [];
            int sequence = 0;
            for (int i = 0; i < _labelled.Length; i++)
            {
                while (_labelled[i] >= Tokens.StartOf(sequence + 1))
                {
                    sequence++;
                }

                ReadOnlySpan<float> logits = output.Logits.AsSpan<float>((long)i * vocabulary, vocabulary);
                int likeliest = 0;
                for (int token = 1; token < logits.Length; token++)
                {
                    likeliest = logits[token] > logits[likeliest] ? token : likeliest;
                }

                if (likeliest != _labels[_labelled[i]])
                {
                    wrong.Add(sequence);
                }
            }

            return Tokens.SequenceCount - wrong.Count;
        }
    }
}

namespace ModelAggregation.Evaluation.Tasks;

/// <summary>What a text's surprise is divided by.</summary>
public enum PerplexityMetric
{
    /// <summary><c>perplexity</c>: e to the nats per token. Models with other tokenizers cannot be compared by it.</summary>
    PerToken,

    /// <summary><c>word_perplexity</c>: e to the nats per word. Words are what white space separates; as in lm-evaluation-harness, white space at an end separates an empty one.</summary>
    PerWord,

    /// <summary><c>byte_perplexity</c>: e to the nats per byte of UTF-8.</summary>
    PerByte,

    /// <summary><c>bits_per_byte</c>: the bits per byte of UTF-8.</summary>
    BitsPerByte,
}

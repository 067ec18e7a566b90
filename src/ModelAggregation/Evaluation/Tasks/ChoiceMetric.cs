namespace ModelAggregation.Evaluation.Tasks;

/// <summary>How the likeliest of several choices is found.</summary>
public enum ChoiceMetric
{
    /// <summary><c>acc</c>: the largest log-probability.</summary>
    Accuracy,

    /// <summary><c>acc_norm</c>: the largest log-probability per character of the choice, without the delimiter before it. A character is a Unicode code point, as in Python.</summary>
    PerCharacter,

    /// <summary><c>acc_bytes</c>: the largest log-probability per byte of the choice in UTF-8, without the delimiter before it.</summary>
    PerByte,
}

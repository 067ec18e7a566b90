namespace ModelAggregation.Evaluation.Tasks;

/// <summary>The fields of a file of examples.</summary>
public sealed record ExampleFields
{
    /// <summary>Gets the field of the prompt.</summary>
    /// <value><c>prompt</c> by default.</value>
    public string Prompt { get; init; } = "prompt";

    /// <summary>Gets the field of the right answer: a text; for choices, also its number from 0.</summary>
    /// <value><c>answer</c> by default.</value>
    public string Answer { get; init; } = "answer";

    /// <summary>Gets the field of the choices, an array of texts.</summary>
    /// <value><c>choices</c> by default.</value>
    public string Choices { get; init; } = "choices";

    /// <summary>Gets the field of a whole text.</summary>
    /// <value><c>text</c> by default.</value>
    public string Text { get; init; } = "text";
}

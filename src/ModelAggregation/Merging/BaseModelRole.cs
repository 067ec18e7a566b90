namespace ModelAggregation.Merging;

/// <summary>What a merge method does with a base model.</summary>
public enum BaseModelRole
{
    /// <summary>The base model is merged like any other if the recipe lists it, and not merged if not; it donates configuration and tokenizer.</summary>
    Ordinary,

    /// <summary>The base model, if the recipe has one, is not merged but what the others are compared with. It takes part whether the recipe lists it or not.</summary>
    Optional,

    /// <summary>The method needs a base model.</summary>
    Required,
}

namespace ModelAggregation.Merging.Recipes;

/// <summary>What a merge parameter's value is.</summary>
public enum ParameterKind
{
    /// <summary>A number, possibly a gradient over the layers.</summary>
    Number,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A word out of a list.</summary>
    Text,
}

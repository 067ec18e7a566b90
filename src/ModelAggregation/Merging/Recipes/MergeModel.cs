namespace ModelAggregation.Merging.Recipes;

/// <summary>A model of a recipe, with its parameters.</summary>
/// <param name="Model">The model's reference: a folder, a file, or a hub name with an optional <c>@revision</c>.</param>
/// <param name="Parameters">The parameters of this model: the narrowest scope.</param>
public sealed record MergeModel(string Model, ParameterSet Parameters)
{
    /// <summary>Creates a model without parameters of its own.</summary>
    /// <param name="model">The model's reference.</param>
    public MergeModel(string model)
        : this(model, ParameterSet.Empty)
    {
    }

    /// <summary>Gets the reference of the checkpoint with statistics of this model (<c>statistics</c>), for methods that weigh by them.</summary>
    /// <value>Null by default.</value>
    public string? Statistics { get; init; }
}

namespace ModelAggregation.Merging.Planning;

/// <summary>Where the rows of one model's embedding or head come from in a merge of vocabularies.</summary>
/// <param name="Tensor">The output tensor.</param>
/// <param name="Model">The model's name in the plan.</param>
public sealed record PlannedRows(string Tensor, string Model)
{
    /// <summary>Gets how many are the model's own.</summary>
    public int Own { get; internal set; }

    /// <summary>Gets how many the recipe decides.</summary>
    public int Configured { get; internal set; }

    /// <summary>Gets how many come from the only model that has the token.</summary>
    public int FromOnlyModel { get; internal set; }

    /// <summary>Gets how many come from the base model.</summary>
    public int FromBase { get; internal set; }

    /// <summary>Gets how many are the mean over the models that have the token.</summary>
    public int Means { get; internal set; }

    /// <summary>Gets how many are zeros, because no model has the token.</summary>
    public int Zeros { get; internal set; }

    /// <summary>Gets how many stand for no token.</summary>
    public int Padding { get; internal set; }
}

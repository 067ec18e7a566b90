namespace ModelAggregation.Merging;

/// <summary>What statistics of the models a merge method weighs by.</summary>
public enum MergeStatistics
{
    /// <summary>None; a recipe that gives some is refused.</summary>
    None,

    /// <summary>A number for each element, such as its Fisher information: every tensor needs statistics of its own shape under its name.</summary>
    Elementwise,

    /// <summary>A Gram matrix of a layer's inputs, in × in for a weight of shape out × in, under the weight's name; tensors may do without if they do so in all models.</summary>
    Gram,
}

namespace ModelAggregation.Zoo;

/// <summary>Which models make a cluster.</summary>
public enum ClusterLinkage
{
    /// <summary>A model joins the first cluster whose first model it is more alike to than the threshold, else it begins one: Model-GLUE's rule. It depends on the order of the models.</summary>
    Leader,

    /// <summary>The two clusters whose models are most alike on average are joined, as long as that is more than the threshold.</summary>
    Average,

    /// <summary>The two clusters whose least alike models are most alike are joined, as long as that is more than the threshold: all of a cluster are more alike than it.</summary>
    Complete,
}

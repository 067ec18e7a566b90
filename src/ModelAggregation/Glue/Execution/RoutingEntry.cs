namespace ModelAggregation.Glue.Execution;

/// <summary>Where prompts go, in a file.</summary>
/// <param name="Layer">The layer whose router it is.</param>
/// <param name="Tasks">For each task, the share of its prompts whose likeliest expert is each.</param>
/// <param name="Load">The share of all prompts that each expert computes for.</param>
/// <param name="Entropy">The mean entropy of a prompt's probabilities in nats.</param>
/// <param name="LoadBalancingLoss">The load-balancing loss: as large as the number of chosen experts where the routing is uniform.</param>
internal sealed record RoutingEntry(int Layer, RoutingEntry.Task[] Tasks, double[] Load, double Entropy, double LoadBalancingLoss)
{
    /// <summary>The prompts of a task.</summary>
    /// <param name="Name">The task.</param>
    /// <param name="Prompts">The number of prompts.</param>
    /// <param name="Shares">The share of each expert.</param>
    internal sealed record Task(string Name, int Prompts, double[] Shares);
}

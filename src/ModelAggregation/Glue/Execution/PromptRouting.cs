using ModelAggregation.Evaluation;
using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;

namespace ModelAggregation.Glue.Execution;

/// <summary>Says where a router sends prompts, task by task.</summary>
internal static class PromptRouting
{
    /// <summary>Routes the pooled states of prompts by one router.</summary>
    public static async Task<RoutingEntry> ReadAsync(
        IHiddenStateSource source, Router router, int layer, RouterSite site, RouterPooling pooling, int chosen, IReadOnlyList<GluePrompts> prompts, CancellationToken cancellationToken)
    {
        // No source tells the first token's states, which are the same for most prompts.
        RouterPooling read = pooling is RouterPooling.First ? RouterPooling.Mean : pooling;
        LabelledPrompt[] texts = [.. prompts.SelectMany(own => own.Texts).Select(text => new LabelledPrompt(text, 0))];
        RouterFeatures features = await RouterFeatures.ReadAsync(source, texts, router.ExpertCount, site, read, cancellationToken).ConfigureAwait(false);
        float[] logits = new float[texts.Length * router.ExpertCount];
        int[] likeliest = new int[texts.Length];
        double[] own = new double[router.ExpertCount];
        for (int prompt = 0; prompt < texts.Length; prompt++)
        {
            router.Score(features.State(prompt, layer), own);
            likeliest[prompt] = ExpertChoice.Of(own, 1).Experts[0];
            for (int expert = 0; expert < own.Length; expert++)
            {
                logits[(prompt * own.Length) + expert] = (float)own[expert];
            }
        }

        LayerRouting all = RoutingStatistics.Of([logits], router.ExpertCount, chosen).All;
        List<RoutingEntry.Task> tasks = [];
        int start = 0;
        foreach (GluePrompts task in prompts)
        {
            ArraySegment<int> chosenOf = new(likeliest, start, task.Texts.Count);
            tasks.Add(new RoutingEntry.Task(task.Task, chosenOf.Count, [.. Enumerable.Range(0, router.ExpertCount).Select(expert => chosenOf.Count == 0 ? 0 : (double)chosenOf.Count(choice => choice == expert) / chosenOf.Count)]));
            start += task.Texts.Count;
        }

        return new RoutingEntry(layer, [.. tasks], [.. all.Load], all.Entropy, all.LoadBalancingLoss);
    }
}

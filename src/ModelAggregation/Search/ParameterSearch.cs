using ModelAggregation.Evaluation;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Search.Optimizers;

namespace ModelAggregation.Search;

/// <summary>
/// Model-GLUE's evolutionary search, with any optimiser: varies the weights of the models, by groups of layers if asked to, their densities and the method's parameters, all at once.
/// </summary>
/// <remarks>
/// <para>Models without a score of their own take no part. From the best merge that the optimiser finds, models are then taken out, those with the smallest weights first, as long as the merge
/// does not lose by it beyond the noise of the examples (<see cref="ParameterSearchOptions.PruningConfidence"/>); what is left must be a gain over the best model by itself, or that is the result.</para>
/// <para>With a journal a search that was stopped asks for the same points again and finds their scores there: only what was under way is evaluated anew.</para>
/// </remarks>
/// <param name="options">What to vary, and for how long; the defaults when null.</param>
public sealed class ParameterSearch(ParameterSearchOptions? options = null) : MergeStrategy
{
    /// <summary>Gets the options.</summary>
    public ParameterSearchOptions Options { get; } = options ?? new ParameterSearchOptions();

    /// <inheritdoc />
    public override string Name => Options.Optimizer.Name;

    /// <inheritdoc />
    /// <exception cref="SearchException">Not one model could be evaluated, there are more groups than layers, or an interval is asked for that cannot be had.</exception>
    /// <exception cref="EvaluationException">A merge could not be evaluated, and the options say to stop then.</exception>
    public override async Task<SearchResult> RunAsync(SearchContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        IReadOnlyList<ScoredRecipe> singles = await context.ScoreSinglesAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ScoredRecipe> ranked = SearchContext.Rank(singles);
        List<SearchGeneration> generations = [];
        ScoredRecipe best = ranked[0];
        if (ranked.Count > 1)
        {
            // An interval that cannot be had is told before the work, not after it.
            context.IsGain(ranked[1].Result!, best.Result!);
            MergeGenotype genotype = new(context, [.. singles.Where(single => single.Result is not null).Select(single => single.Shares[0].Model)], Options);
            EnsureBounds(context, genotype, cancellationToken);
            if (await OptimizeAsync(context, genotype, generations, cancellationToken).ConfigureAwait(false) is var (point, found))
            {
                ScoredRecipe pruned = await new ModelPruning(context, genotype, point, best.Result!, Options.PruningConfidence).RunAsync(found, cancellationToken).ConfigureAwait(false);
                best = context.IsGain(pruned.Result!, best.Result!) ? pruned : best;
            }
        }

        context.Report(Name, Options.Evaluations, Options.Evaluations, best.Result!.Merit);
        return context.ToResult(Name, singles, best) with { Generations = generations };
    }

    // A bound that the method refuses is told before the first evaluation. Of the weights, the method's own rules say whether they go together: that is asked for each candidate.
    private static void EnsureBounds(SearchContext context, MergeGenotype genotype, CancellationToken cancellationToken)
    {
        double[] point = new double[genotype.Dimensions];
        foreach (double edge in (ReadOnlySpan<double>)[0.0, 1.0])
        {
            Array.Fill(point, edge);
            try
            {
                context.Check(genotype.Decode(point, _ => true).Recipe, cancellationToken);
            }
            catch (MergePlanException error) when (SearchContext.IsRefusal(error))
            {
                // A corner of the box that is no merge, such as that without any weight.
            }
        }
    }

    private async Task<(double[] Point, ScoredRecipe Merge)?> OptimizeAsync(
        SearchContext context, MergeGenotype genotype, List<SearchGeneration> generations, CancellationToken cancellationToken)
    {
        OptimizerRun run = Options.Optimizer.Start(genotype.Dimensions, Options.Seed);
        (double[] Point, ScoredRecipe Merge)? best = null;
        int asked = 0;
        while (asked < Options.Evaluations && !run.IsFinished)
        {
            context.Report(Name, asked, Options.Evaluations, best?.Merge.Result!.Merit);
            double? step = run.StepSize;
            IReadOnlyList<double[]> points = run.Ask();
            EnsureInside(points, genotype.Dimensions);
            int count = Math.Min(context.Affordable(Math.Min(points.Count, Options.Evaluations - asked)), points.Count);
            if (count == 0)
            {
                break;
            }

            IReadOnlyList<ScoredRecipe> scored = await context.ScoreAsync([.. points.Take(count).Select(point => genotype.Decode(point, _ => true))], refusalsFail: true, cancellationToken).ConfigureAwait(false);
            asked += count;
            generations.Add(Describe(scored, step));
            for (int i = 0; i < count; i++)
            {
                if (scored[i].Result is { } result && !(result.Merit <= best?.Merge.Result!.Merit))
                {
                    best = (points[i], scored[i]);
                }
            }

            // A batch that the budget has cut short is the last one.
            if (count < points.Count)
            {
                break;
            }

            run.Tell([.. scored.Select(merge => -merge.Result?.Merit)]);
        }

        return best;
    }

    private static SearchGeneration Describe(IReadOnlyList<ScoredRecipe> scored, double? step)
    {
        double[] merits = [.. scored.Select(merge => merge.Result).OfType<EvaluationResult>().Select(result => result.Merit)];
        return new SearchGeneration(scored.Count, scored.Count - merits.Length, merits.Length > 0 ? merits.Max() : null, merits.Length > 0 ? merits.Average() : null, step);
    }

    private void EnsureInside(IReadOnlyList<double[]> points, int dimensions)
    {
        if (points.Count == 0 || points.Any(point => point.Length != dimensions || !Array.TrueForAll(point, coordinate => coordinate is >= 0 and <= 1)))
        {
            throw new InvalidOperationException($"The optimiser '{Name}' asks for no point, or for one outside of the box of {dimensions} coordinates from 0 to 1: it breaks the rules of {nameof(OptimizerRun)}.");
        }
    }
}

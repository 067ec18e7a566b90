using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Search;
using ModelAggregation.Search.Optimizers;
using ModelAggregation.Zoo;

namespace ModelAggregation.Glue.Execution;

/// <summary>Makes what a family is searched and tried with.</summary>
internal static class GlueRecipes
{
    private const string Weight = "weight";

    /// <summary>Returns the options of a strategy's search.</summary>
    public static SearchOptions Options(GlueRecipe recipe, GlueStrategy? strategy, MergeMethod method, string? baseModel, string? journal)
    {
        GlueSearch search = recipe.Search;
        return new SearchOptions
        {
            Method = method.Name,
            Base = method.BaseModel is BaseModelRole.Ordinary ? null : baseModel,
            Parameters = strategy?.Method is null ? search.Parameters : strategy.Parameters,
            OutputDataType = recipe.OutputDataType,
            Vocabulary = recipe.Vocabulary,
            Tokenizer = recipe.Tokenizer,
            Coefficients = search.Coefficients,
            MaxEvaluations = search.MaxEvaluations,
            MinimumGain = search.MinimumGain,
            Confidence = strategy?.Confidence ?? search.Confidence,
            Failures = search.Failures,
            Workers = search.Workers,
            JournalPath = journal,
            Merge = Merge(recipe),
        };
    }

    /// <summary>Returns how merges in memory are carried out: all threads together are the recipe's.</summary>
    public static MergeOptions Merge(GlueRecipe recipe) => new() { Threads = Math.Max(1, recipe.Threads / recipe.Search.Workers) };

    /// <summary>Makes the recipe of a candidate.</summary>
    public static MergeRecipe Of(GlueCandidate candidate, MergeMethod method, IReadOnlyList<string> models, string? baseModel, GlueRecipe recipe)
    {
        // Not all methods weigh their models.
        ParameterSet own = method.Parameters.Any(parameter => parameter.PerModel && string.Equals(parameter.Name, Weight, StringComparison.Ordinal))
            ? ParameterSet.Empty.With(Weight, 1)
            : ParameterSet.Empty;
        return new MergeRecipe
        {
            Method = candidate.Method,
            BaseModel = method.BaseModel is BaseModelRole.Ordinary ? null : baseModel,
            Models = [.. models.Select(model => new MergeModel(model, own))],
            Parameters = candidate.Parameters,
            OutputDataType = recipe.OutputDataType,
            Vocabulary = recipe.Vocabulary,
            Tokenizer = recipe.Tokenizer,
            Seed = recipe.Seed,
        };
    }

    /// <summary>Makes the recipe of a model by itself, as searches make it: whose rows a model alone is cut to needs no decision.</summary>
    public static MergeRecipe Of(string model, GlueRecipe recipe) => MergeRecipe.With("passthrough").Model(model).Build() with
    {
        OutputDataType = recipe.OutputDataType,
        Vocabulary = recipe.Vocabulary is VocabularyPolicy.Base ? VocabularyPolicy.Method : recipe.Vocabulary,
        Tokenizer = recipe.Tokenizer,
    };

    /// <summary>Makes a strategy.</summary>
    public static MergeStrategy Strategy(GlueStrategy strategy, GlueRecipe recipe) => strategy.Name switch
    {
        "average" => new AverageHeuristic(),
        "coefficient" => new CoefficientHeuristic(),
        "most-alike" => new SimilarityHeuristic(SimilarityOrder.MostAlikeFirst, Likeness(recipe)),
        "least-alike" => new SimilarityHeuristic(SimilarityOrder.LeastAlikeFirst, Likeness(recipe)),
        _ => new ParameterSearch(strategy.Variation with { Optimizer = Optimizer(strategy), Seed = recipe.Seed }),
    };

    // By feed-forward blocks, as in Model-GLUE, whatever families are told apart by.
    private static SimilarityOptions Likeness(GlueRecipe recipe) => new() { Part = SimilarityPart.Mlp, Threads = recipe.Threads, WorkingMemory = recipe.Similarity.WorkingMemory };

    private static Optimizer Optimizer(GlueStrategy strategy) => strategy.Name switch
    {
        "random" => new RandomOptimizer(),
        "grid" => new GridOptimizer(strategy.Levels),
        "nelder-mead" => new NelderMeadOptimizer(),
        _ => new CmaEsOptimizer(strategy.Evolution),
    };

    /// <summary>Returns the name of a strategy in tables.</summary>
    public static string Name(GlueStrategy strategy)
    {
        if (strategy.Label is { } label)
        {
            return label;
        }

        string name = strategy.Method is { } method ? $"{strategy.Name}, {method}" : strategy.Name;
        return strategy.Confidence is { } confidence ? FormattableString.Invariant($"{name}, gains at {confidence:0.##%}") : name;
    }
}

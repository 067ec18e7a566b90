using System.Globalization;
using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Http;
using ModelAggregation.Evaluation.Processes;
using ModelAggregation.Evaluation.Tasks;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Mixture;
using ModelAggregation.Search;
using ModelAggregation.Search.Optimizers;

namespace ModelAggregation.Glue.Recipes;

/// <summary>Writes recipes of pipelines as canonical YAML: fixed order, defaults left out.</summary>
internal static class GlueWriter
{
    public static string Write(GlueRecipe recipe)
    {
        YamlTree tree = new();
        if (!string.Equals(recipe.Title, "Model-GLUE", StringComparison.Ordinal))
        {
            tree.Text("title", recipe.Title);
        }

        tree.Text("note", recipe.Note);
        _ = recipe.Zoo switch
        {
            { Folder: { } folder, Models.Count: 0 } => tree.Text("zoo", folder),
            { Folder: null } zoo => tree.Texts("zoo", zoo.Models),
            { } zoo => tree.Map("zoo", new YamlTree().Text("folder", zoo.Folder).Texts("models", zoo.Models)),
        };
        return tree
            .Map("cluster", new YamlTree()
                .Word("measure", recipe.Similarity.Measure)
                .Word("part", recipe.Similarity.Part)
                .Text("base", recipe.Similarity.Base)
                .Word("linkage", recipe.Clustering.Linkage)
                .Number("threshold", recipe.Clustering.Threshold, new Zoo.ClusteringOptions().Threshold))
            .Map("search", Search(recipe.Search))
            .List("candidates", Candidates(recipe))
            .Text("dtype", recipe.OutputDataType is { } type ? DataTypeWords.Word(type) : null)
            .Word("vocabulary", recipe.Vocabulary)
            .Text("tokenizer_source", recipe.TokenizerSource)
            .Truth("copy_singles", recipe.CopiesSingles)
            .List("mix", recipe.Mixtures.Select(Mixture))
            .List("prompts", recipe.Prompts.Select(prompts => new YamlTree().Text("task", prompts.Task).Raw("texts", $"[{string.Join(", ", prompts.Texts.Select(RecipeWriter.Quote))}]")))
            .Map("evaluation", recipe.Evaluation is { } evaluation ? Evaluation(evaluation) : new YamlTree())
            .Raw(recipe.Seed)
            .Number("threads", recipe.Threads, Environment.ProcessorCount)
            .Text("output", recipe.Output)
            .ToString();
    }

    /// <summary>Writes what decides the result of searches: not how many work on it at a time.</summary>
    public static string Searches(GlueRecipe recipe) => new YamlTree()
        .Map("search", Search(recipe.Search with { Workers = 1, Bases = [] }))
        .List("candidates", Candidates(recipe))
        .Text("dtype", recipe.OutputDataType is { } type ? DataTypeWords.Word(type) : null)
        .Word("vocabulary", recipe.Vocabulary)
        .Text("tokenizer_source", recipe.TokenizerSource)
        .ToString();

    private static IEnumerable<YamlTree> Candidates(GlueRecipe recipe) =>
        recipe.Candidates.Select(candidate => new YamlTree().Text("merge_method", candidate.Method).Parameters(candidate.Parameters));

    private static YamlTree Raw(this YamlTree tree, ulong seed) => seed == 0 ? tree : tree.Raw("random_seed", seed.ToString(CultureInfo.InvariantCulture));

    private static YamlTree Search(GlueSearch search)
    {
        GlueSearch otherwise = new();
        YamlTree tree = new();
        string strategies = Strategies(search.Strategies);
        if (!string.Equals(strategies, Strategies(otherwise.Strategies), StringComparison.Ordinal))
        {
            tree.Raw("strategies", strategies);
        }

        if (!string.Equals(search.Method, otherwise.Method, StringComparison.Ordinal))
        {
            tree.Text("merge_method", search.Method);
        }

        tree.Parameters(search.Parameters);
        _ = search.Bases.Count == 1 ? tree.Text("base", search.Bases[0]) : tree.Texts("base", search.Bases);
        return tree
            .Number("confidence", search.Confidence)
            .Number("minimum_gain", search.MinimumGain, 0)
            .Numbers("coefficients", search.Coefficients, otherwise.Coefficients)
            .Number("max_evaluations", search.MaxEvaluations)
            .Number("workers", search.Workers, 1)
            .Word("failures", search.Failures);
    }

    private static string Strategies(IReadOnlyList<GlueStrategy> strategies) => $"[{string.Join(", ", strategies.Select(Strategy))}]";

    private static string Strategy(GlueStrategy strategy)
    {
        YamlTree settings = Settings(strategy);
        return settings.IsEmpty ? strategy.Name : $"{{{strategy.Name}: {settings.ToFlow()}}}";
    }

    private static YamlTree Settings(GlueStrategy strategy)
    {
        YamlTree tree = new YamlTree().Text("label", strategy.Label).Number("confidence", strategy.Confidence).Text("merge_method", strategy.Method);
        if (strategy.Method is not null)
        {
            tree.Parameters(strategy.Parameters);
        }

        if (!strategy.IsOptimizer)
        {
            return tree;
        }

        ParameterSearchOptions otherwise = new();
        ParameterSearchOptions own = strategy.Variation;
        tree.Number("evaluations", own.Evaluations, otherwise.Evaluations)
            .Numbers("weights", [own.Weights.Low, own.Weights.High], [otherwise.Weights.Low, otherwise.Weights.High])
            .Word("parametrization", own.Parametrization)
            .Numbers("densities", own.Densities is { } densities ? [densities.Low, densities.High] : [], [])
            .Map("ranges", own.Parameters.Aggregate(new YamlTree(), (map, range) => map.Numbers(RecipeWriter.Quote(range.Key), [range.Value.Low, range.Value.High], [])))
            .Number("layer_groups", own.LayerGroups, 1);
        _ = own.PruningConfidence is { } pruning ? tree.Number(GlueWords.PruningConfidence, pruning, otherwise.PruningConfidence) : tree.Raw(GlueWords.PruningConfidence, GlueWords.None);
        return strategy.Name switch
        {
            "cma-es" => tree.Number("population", strategy.Evolution.PopulationSize).Number("step_size", strategy.Evolution.StepSize, new CmaEsOptions().StepSize).Number("restarts", strategy.Evolution.Restarts, 0),
            "grid" => tree.Number("levels", strategy.Levels, 5),
            _ => tree,
        };
    }

    /// <summary>Writes the settings of a mixture.</summary>
    public static string Write(GlueMixture mixture) => Mixture(mixture).ToFlow();

    private static YamlTree Mixture(GlueMixture mixture) => new YamlTree()
        .Raw("level", GlueWords.Word(mixture.Level))
        .Text("name", mixture.Name)
        .Number("dense_layers", mixture.DenseLayers, 0)
        .Number("experts_per_token", mixture.ExpertsPerToken)
        .Word("gate_mode", mixture.GateMode, GateMode.Fitted)
        .Word("router", mixture.Router)
        .Text("input", mixture.Input is { } input ? GlueWords.Word(input) : null)
        .Word("pooling", mixture.Pooling)
        .Number("router_layer", mixture.RouterLayer);

    private static YamlTree Evaluation(GlueEvaluation evaluation) => new YamlTree()
        .List("tasks", evaluation.Tasks.Select(BuiltIn))
        .Map("process", evaluation.Process is { } process ? Process(process) : new YamlTree())
        .Map("http", evaluation.Endpoint is { } endpoint ? Endpoint(endpoint) : new YamlTree());

    private static YamlTree BuiltIn(GlueTask task)
    {
        ExampleFields fields = new();
        YamlTree tree = new YamlTree()
            .Text("name", task.Name)
            .Raw("type", GlueWords.Word(task.Kind))
            .Text("file", task.File)
            .Number("split", task.Split, 0.5)
            .Text("proxy", task.Proxy)
            .Text("hold_out", task.HoldOut)
            .Number("limit", task.Limit)
            .Number("weight", task.Weight, 1)
            .Map("fields", new YamlTree()
                .Other("prompt", task.Fields.Prompt, fields.Prompt)
                .Other("answer", task.Fields.Answer, fields.Answer)
                .Other("choices", task.Fields.Choices, fields.Choices)
                .Other("text", task.Fields.Text, fields.Text));
        return task.Kind switch
        {
            GlueTaskKind.ExactMatch => tree
                .Number("max_tokens", task.ExactMatch.MaxTokens, new ExactMatchOptions().MaxTokens)
                .Texts("stops", task.ExactMatch.Stops)
                .Truth("must_end", task.ExactMatch.MustEnd)
                .Text("pattern", task.ExactMatch.Pattern)
                .Truth("takes_last", task.ExactMatch.TakesLast)
                .Texts("ignores", task.ExactMatch.Ignores)
                .Truth("ignores_case", task.ExactMatch.IgnoresCase)
                .Truth("ignores_punctuation", task.ExactMatch.IgnoresPunctuation),
            GlueTaskKind.MultipleChoice => tree
                .Word("metric", task.MultipleChoice.Metric)
                .Other("delimiter", task.MultipleChoice.Delimiter, new MultipleChoiceOptions().Delimiter)
                .Truth("ends", task.MultipleChoice.Ends),
            GlueTaskKind.AnswerLoss => tree.Truth("per_token", task.AnswerLoss.PerToken).Truth("ends", task.AnswerLoss.Ends, otherwise: true),
            _ => tree.Word("metric", task.Perplexity.Metric),
        };
    }

    private static YamlTree Other(this YamlTree tree, string key, string value, string otherwise) =>
        string.Equals(value, otherwise, StringComparison.Ordinal) ? tree : tree.Text(key, value);

    private static YamlTree Process(GlueProcess process) => new YamlTree()
        .Text("command", process.Command)
        .List("proxy", process.Proxy.Select(Harness))
        .List("hold_out", process.HoldOut.Select(Harness))
        .Number("time_out", process.TimeOut?.TotalSeconds)
        .Number("retries", process.Retries, 0)
        .Text("working_folder", process.WorkingFolder);

    private static YamlTree Harness(HarnessTask task) => new YamlTree()
        .Text("name", task.Name)
        .Text("metric", task.Metric)
        .Word("direction", task.Info.Direction, ScoreDirection.HigherIsBetter)
        .Number("weight", task.Info.Weight, 1);

    private static YamlTree Endpoint(GlueEndpoint endpoint)
    {
        HttpLanguageModelOptions otherwise = new();
        return new YamlTree()
            .Text("endpoint", endpoint.Address.OriginalString)
            .Text("model_folder", endpoint.ModelFolder)
            .Text("end_text", endpoint.Options.EndText)
            .Other("begin_text", endpoint.Options.BeginText, otherwise.BeginText)
            .Number("prompts_per_request", endpoint.Options.PromptsPerRequest, otherwise.PromptsPerRequest)
            .Number("parallel_requests", endpoint.Options.ParallelRequests, otherwise.ParallelRequests)
            .Number("retries", endpoint.Options.Retries, otherwise.Retries);
    }
}

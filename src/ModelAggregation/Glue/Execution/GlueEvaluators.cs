using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Processes;
using ModelAggregation.Evaluation.Tasks;
using ModelAggregation.Mixture.Text;
using ModelAggregation.Search;
using ModelTensors;
using RunKit;

namespace ModelAggregation.Glue.Execution;

/// <summary>What selects and what reports, made of a recipe or given by the host, and the prompts of the tasks.</summary>
internal sealed record GlueEvaluators(IModelEvaluator Proxy, IModelEvaluator HoldOut, IReadOnlyList<GluePrompts> Prompts)
{
    /// <summary>Makes the evaluators; what is wrong is added to the problems, and then there are none.</summary>
    public static GlueEvaluators? Create(GlueRecipe recipe, GlueServices services, List<string> problems)
    {
        GlueEvaluators? evaluators = (services.Proxy, services.HoldOut, recipe.Evaluation) switch
        {
            ({ } proxy, { } holdOut, null) => new GlueEvaluators(proxy, holdOut, []),
            (null, null, { Process: { } process }) => OfProcess(recipe, process, problems),
            (null, null, { } evaluation) => OfTasks(recipe, evaluation, services, problems),
            (null, null, null) => Problem("The recipe has no 'evaluation', and the host gives no evaluators: there is nothing to select by.", problems),
            _ => Problem("Evaluators come either from the recipe's 'evaluation' or, both of them, from the host.", problems),
        };
        if (evaluators is null)
        {
            return null;
        }

        try
        {
            Search.HoldOut.EnsureDisjoint(evaluators.Proxy, evaluators.HoldOut);
        }
        catch (SearchException error)
        {
            return Problem(error.Message, problems);
        }

        foreach ((string set, IModelEvaluator evaluator) in (ReadOnlySpan<(string, IModelEvaluator)>)[("selects", evaluators.Proxy), ("reports", evaluators.HoldOut)])
        {
            if (evaluator.Tasks.All(task => task.Weight == 0))
            {
                return Problem($"No task of what {set} has a weight above 0: there is no merit.", problems);
            }
        }

        return evaluators with { Prompts = [.. evaluators.Prompts.Where(prompts => !recipe.Prompts.Any(own => IsSame(own.Task, prompts.Task))), .. recipe.Prompts] };
    }

    private static GlueEvaluators? OfTasks(GlueRecipe recipe, GlueEvaluation evaluation, GlueServices services, List<string> problems)
    {
        int before = problems.Count;
        foreach (IGrouping<string, GlueTask> twice in evaluation.Tasks.GroupBy(task => task.Name, StringComparer.Ordinal).Where(group => group.Skip(1).Any()))
        {
            problems.Add($"Two tasks have the name '{twice.Key}'.");
        }

        List<TaskPair> pairs = [];
        foreach (GlueTask task in evaluation.Tasks)
        {
            try
            {
                pairs.Add(TaskPair.Of(task, recipe));
            }
            catch (Exception error) when (error is ModelDataException or IOException or UnauthorizedAccessException or ArgumentException)
            {
                problems.Add($"Task '{task.Name}': {error.Message}");
            }
        }

        ILanguageModelFactory? models = Models(recipe, evaluation, services, problems);
        if (problems.Count > before || models is null)
        {
            return null;
        }

        // A folder may hold a routed model, which is several.
        models = services.HiddenStates is { } states ? new RoutedLanguageModelFactory(models, states) : models;
        return pairs.Count == 0
            ? Problem("'evaluation' has neither 'tasks' nor 'process'.", problems)
            : new GlueEvaluators(
                new LanguageModelEvaluator(models, [.. pairs.Select(pair => pair.Proxy)]),
                new LanguageModelEvaluator(models, [.. pairs.Select(pair => pair.HoldOut)]),
                [.. pairs.Select(pair => pair.Prompts).DistinctBy(prompts => prompts.Task, StringComparer.Ordinal)]);
    }

    private static ILanguageModelFactory? Models(GlueRecipe recipe, GlueEvaluation evaluation, GlueServices services, List<string> problems)
    {
        ILanguageModelFactory? models = null;
        if (evaluation.Endpoint is { } endpoint)
        {
            if (services.Http is { } client)
            {
                models = new EndpointModels(client, endpoint, endpoint.ModelFolder is { } folder ? recipe.Resolve(folder) : null);
            }
            else
            {
                problems.Add($"'http' needs an HTTP client, which this host does not give ({nameof(GlueServices)}.{nameof(GlueServices.Http)}).");
            }
        }
        else if (services.Models is { } engine)
        {
            models = engine;
        }
        else
        {
            problems.Add($"The built-in tasks need something that runs models: an engine of the host ({nameof(GlueServices)}.{nameof(GlueServices.Models)}), or 'http'.");
        }

        return models;
    }

    private static GlueEvaluators? OfProcess(GlueRecipe recipe, GlueProcess process, List<string> problems)
    {
        try
        {
            CommandTemplate command = CommandTemplate.Parse(process.Command);
            ProcessEvaluatorOptions options = new()
            {
                TimeOut = process.TimeOut,
                Retries = process.Retries,
                WorkingFolder = recipe.Resolve(process.WorkingFolder ?? "."),
            };
            return new GlueEvaluators(new ProcessEvaluator(command, process.Proxy, options), new ProcessEvaluator(command, process.HoldOut, options), []);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            return Problem($"'process': {error.Message}", problems);
        }
    }

    private static GlueEvaluators? Problem(string message, List<string> problems)
    {
        problems.Add(message);
        return null;
    }

    private static bool IsSame(string first, string second) => string.Equals(first, second, StringComparison.Ordinal);
}

using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Tasks;

namespace ModelAggregation.Glue.Execution;

/// <summary>A built-in task on the examples that select and on those that are reported, with the prompts of the former.</summary>
internal sealed record TaskPair(LanguageModelTask Proxy, LanguageModelTask HoldOut, GluePrompts Prompts)
{
    /// <summary>Reads the examples and makes the tasks.</summary>
    /// <exception cref="ModelTensors.ModelDataException">A file is no examples.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="ArgumentException">There are too few examples, or both sets or none are given twice.</exception>
    public static TaskPair Of(GlueTask task, GlueRecipe recipe) => task.Kind switch
    {
        GlueTaskKind.ExactMatch => Make(
            task,
            recipe,
            path => ExampleFile.ReadAnswers(path, task.Fields),
            example => example.Key,
            example => example.Prompt,
            examples => new ExactMatchTask(task.Name, examples, task.ExactMatch with { Weight = task.Weight })),
        GlueTaskKind.MultipleChoice => Make(
            task,
            recipe,
            path => ExampleFile.ReadChoices(path, task.Fields),
            example => example.Key,
            example => example.Prompts[0],
            examples => new MultipleChoiceTask(task.Name, examples, task.MultipleChoice with { Weight = task.Weight })),
        GlueTaskKind.AnswerLoss => Make(
            task,
            recipe,
            path => ExampleFile.ReadAnswers(path, task.Fields),
            example => example.Key,
            example => example.Prompt,
            examples => new AnswerLossTask(task.Name, examples, task.AnswerLoss with { Weight = task.Weight })),
        _ => Make(
            task,
            recipe,
            path => ExampleFile.ReadTexts(path, task.Fields),
            text => Fingerprint.Key(text),
            text => text,
            texts => new PerplexityTask(task.Name, texts, task.Perplexity with { Weight = task.Weight })),
    };

    private static TaskPair Make<TExample>(
        GlueTask task,
        GlueRecipe recipe,
        Func<string, IReadOnlyList<TExample>> read,
        Func<TExample, string> keyOf,
        Func<TExample, string> promptOf,
        Func<IReadOnlyList<TExample>, LanguageModelTask> make)
    {
        (IReadOnlyList<TExample> proxy, IReadOnlyList<TExample> holdOut) = (task.File, task.Proxy, task.HoldOut) switch
        {
            ({ } file, null, null) => ExampleDeal.Deal(read(recipe.Resolve(file)), keyOf, task.Split, recipe.Seed, file),
            (null, { } own, { } other) => (read(recipe.Resolve(own)), read(recipe.Resolve(other))),
            _ => throw new ArgumentException("A task has either 'file', or both 'proxy' and 'hold_out'.", nameof(task)),
        };
        if (task.Limit is { } limit)
        {
            (proxy, holdOut) = ([.. proxy.Take(limit)], [.. holdOut.Take(limit)]);
        }

        return new TaskPair(make(proxy), make(holdOut), new GluePrompts(task.Name, [.. proxy.Select(promptOf)]));
    }
}

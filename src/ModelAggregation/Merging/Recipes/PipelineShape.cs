namespace ModelAggregation.Merging.Recipes;

/// <summary>The rules of a pipeline that are known without its models, and the order of its stages.</summary>
internal static class PipelineShape
{
    private const int LongestName = 100;

    // A file of 1 MiB has room for thousands of tiny stages, and what follows compares each with each.
    private const int MostStages = 256;

    /// <summary>Checks all rules.</summary>
    /// <returns>What is wrong, each with the index of the stage where it shows.</returns>
    public static IEnumerable<(int Stage, string Message)> Check(IReadOnlyList<MergeStage> stages)
    {
        if (stages.Count > MostStages)
        {
            yield return (MostStages, $"A pipeline has at most {MostStages} stages; this one has {stages.Count}.");
            yield break;
        }

        // Names become folders, and two that differ in case are one folder on some systems.
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        bool hasUnnamed = false;
        for (int index = 0; index < stages.Count; index++)
        {
            if (stages[index].Name is not { } name)
            {
                if (hasUnnamed)
                {
                    yield return (index, "Only one stage, the final one, may be without 'name'; this is the second.");
                }

                hasUnnamed = true;
            }
            else if (!IsPlain(name))
            {
                yield return (index, $"'{name}' is no name for a stage, whose output is a folder of that name: letters, digits, '-', '_' and inner '.', at most {LongestName}.");
            }
            else if (!names.Add(name))
            {
                yield return (index, $"Two stages have the name '{name}'.");
            }
        }

        if (Cycle(stages) is { Count: > 0 } cycle)
        {
            string uses = string.Join(", which uses ", cycle.Skip(1).Append(cycle[0]).Select(stage => $"'{stage.Name}'"));
            yield return (stages.ToList().FindIndex(stage => ReferenceEquals(stage, cycle[0])), $"Stages use each other in a circle: '{cycle[0].Name}' uses {uses}.");
        }
    }

    /// <summary>Orders stages without a circle.</summary>
    public static IReadOnlyList<MergeStage> Order(IReadOnlyList<MergeStage> stages)
    {
        List<MergeStage> left = [.. stages.Where(stage => stage.Name is not null), .. stages.Where(stage => stage.Name is null)];
        List<MergeStage> order = [];
        while (left.Count > 0)
        {
            MergeStage next = left.First(stage => !MergePipeline.Uses(stage, left).Any());
            left.Remove(next);
            order.Add(next);
        }

        return order;
    }

    private static bool IsPlain(string name) =>
        name.Length is > 0 and <= LongestName && name[0] != '.' && name[^1] != '.'
        && name.All(letter => char.IsLetterOrDigit(letter) || letter is '-' or '_' or '.');

    /// <summary>Finds stages of which each uses the next and the last the first; nothing when there are none.</summary>
    private static List<MergeStage> Cycle(IReadOnlyList<MergeStage> stages)
    {
        // What is left when stages that use none of those left are taken away again and again: from any of it, uses lead into a circle.
        List<MergeStage> left = [.. stages];
        for (int count = 0; count != left.Count;)
        {
            count = left.Count;
            left = [.. left.Where(stage => MergePipeline.Uses(stage, left).Any())];
        }

        if (left.Count == 0)
        {
            return left;
        }

        List<MergeStage> path = [left[0]];
        while (true)
        {
            MergeStage next = MergePipeline.Uses(path[^1], left).First();
            int start = path.FindIndex(stage => ReferenceEquals(stage, next));
            if (start >= 0)
            {
                return path[start..];
            }

            path.Add(next);
        }
    }
}

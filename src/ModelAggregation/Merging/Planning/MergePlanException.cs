using ModelTensors;

namespace ModelAggregation.Merging.Planning;

/// <summary>A recipe cannot be planned. Carries every problem that was found, not only the first; no tensor has been read.</summary>
public sealed class MergePlanException : ModelDataException
{
    /// <summary>Creates the error.</summary>
    /// <param name="problems">The problems; at least one.</param>
    public MergePlanException(IReadOnlyList<PlanProblem> problems)
        : base(Describe(problems), tensorName: problems.Select(problem => problem.TensorName).FirstOrDefault(name => name is not null)) =>
        Problems = problems;

    /// <summary>Gets the problems, those of the recipe's text before those of its models.</summary>
    public IReadOnlyList<PlanProblem> Problems { get; }

    private static string Describe(IReadOnlyList<PlanProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        return problems.Count == 1
            ? problems[0].Message
            : $"The recipe has {problems.Count} problems:\n{string.Join('\n', problems.Select(problem => $"- {problem.Message}"))}";
    }
}

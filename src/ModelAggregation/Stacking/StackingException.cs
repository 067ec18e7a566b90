using ModelTensors;

namespace ModelAggregation.Stacking;

/// <summary>Models cannot be stacked. Carries every problem that was found, not only the first; no tensor has been read.</summary>
public sealed class StackingException : ModelDataException
{
    internal StackingException(IReadOnlyList<StackingProblem> problems)
        : base(Describe(problems), tensorName: problems.Select(problem => problem.TensorName).FirstOrDefault(name => name is not null)) =>
        Problems = problems;

    /// <summary>Gets the problems; at least one.</summary>
    public IReadOnlyList<StackingProblem> Problems { get; }

    private static string Describe(IReadOnlyList<StackingProblem> problems) => problems.Count == 1
        ? problems[0].Message
        : $"The models cannot be stacked, for {problems.Count} reasons:\n{string.Join('\n', problems.Select(problem => $"- {problem.Message}"))}";
}

using ModelTensors;

namespace ModelAggregation.Mixture;

/// <summary>Models cannot be mixed as a recipe says, or a folder is no mixture. Carries every problem that was found, not only the first; no tensor has been read.</summary>
public sealed class MixtureException : ModelDataException
{
    /// <summary>Creates the error.</summary>
    /// <param name="problems">The problems; at least one.</param>
    /// <param name="file">The file or folder at fault, if any.</param>
    public MixtureException(IReadOnlyList<MixtureProblem> problems, string? file = null)
        : base(Describe(problems), file, problems.Select(problem => problem.TensorName).FirstOrDefault(name => name is not null)) =>
        Problems = problems;

    /// <summary>Gets the problems, those of the recipe before those of its models.</summary>
    public IReadOnlyList<MixtureProblem> Problems { get; }

    private static string Describe(IReadOnlyList<MixtureProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        return problems.Count == 1
            ? problems[0].Message
            : $"The mixture has {problems.Count} problems:\n{string.Join('\n', problems.Select(problem => $"- {problem.Message}"))}";
    }
}

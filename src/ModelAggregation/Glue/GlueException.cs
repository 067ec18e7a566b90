using ModelTensors;

namespace ModelAggregation.Glue;

/// <summary>The error of a pipeline that cannot run or go on.</summary>
public sealed class GlueException : ModelDataException
{
    internal GlueException(GlueError error, string message, string? file = null, Exception? innerException = null)
        : base(message, file, innerException: innerException)
    {
        Error = error;
        Problems = [message];
    }

    internal GlueException(IReadOnlyList<string> problems)
        : base(problems.Count == 1 ? problems[0] : $"The recipe has {problems.Count} problems:\n{string.Join('\n', problems.Select(problem => $"- {problem}"))}")
    {
        Error = GlueError.Recipe;
        Problems = problems;
    }

    /// <summary>Gets why.</summary>
    public GlueError Error { get; }

    /// <summary>Gets everything that is wrong, a sentence each; of errors of a recipe, all that was found.</summary>
    public IReadOnlyList<string> Problems { get; }
}

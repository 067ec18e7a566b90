namespace ModelTensors.Adapters;

/// <summary>The error of a LoRA adapter that cannot be read, or does not fit its model. It lists everything that was found wrong, not the first thing alone.</summary>
public sealed class AdapterException : ModelDataException
{
    /// <summary>Creates the error.</summary>
    /// <param name="problems">What is wrong; at least one thing.</param>
    /// <param name="file">The path of the file or folder at fault.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    public AdapterException(IReadOnlyList<AdapterProblem> problems, string? file = null, Exception? innerException = null)
        : base(Join(problems), file, problems[0].TensorName, innerException) => Problems = problems;

    /// <summary>Gets what is wrong; the first thing when there are several.</summary>
    public AdapterError Error => Problems[0].Error;

    /// <summary>Gets everything that is wrong.</summary>
    public IReadOnlyList<AdapterProblem> Problems { get; }

    private static string Join(IReadOnlyList<AdapterProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        ArgumentOutOfRangeException.ThrowIfZero(problems.Count);
        return string.Join(' ', problems.Select(problem => problem.Message));
    }
}

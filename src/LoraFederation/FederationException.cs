using ModelTensors;

namespace LoraFederation;

/// <summary>The error of updates that cannot be aggregated. It lists everything that was found wrong, not the first thing alone.</summary>
public sealed class FederationException : ModelDataException
{
    /// <summary>Creates the error.</summary>
    /// <param name="problems">What is wrong; at least one thing.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    public FederationException(IReadOnlyList<FederationProblem> problems, Exception? innerException = null)
        : base(Join(problems), null, problems[0].Module, innerException) => Problems = problems;

    /// <summary>Creates the error of one problem.</summary>
    /// <param name="error">What it is.</param>
    /// <param name="message">What it is in words.</param>
    /// <param name="clientId">The client at fault, if it is one.</param>
    /// <param name="module">The module or tensor at fault, if it is one.</param>
    public FederationException(FederationError error, string message, string? clientId = null, string? module = null)
        : this([new FederationProblem(error, message, clientId, module)])
    {
    }

    /// <summary>Gets what is wrong; the first thing when there are several.</summary>
    public FederationError Error => Problems[0].Error;

    /// <summary>Gets everything that is wrong.</summary>
    public IReadOnlyList<FederationProblem> Problems { get; }

    private static string Join(IReadOnlyList<FederationProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        ArgumentOutOfRangeException.ThrowIfZero(problems.Count);
        return string.Join(' ', problems.Select(problem => problem.Message));
    }
}

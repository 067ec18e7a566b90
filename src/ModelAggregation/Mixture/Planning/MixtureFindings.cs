namespace ModelAggregation.Mixture.Planning;

/// <summary>The problems and warnings of a plan.</summary>
internal sealed class MixtureFindings
{
    private const int NamedTensors = 3;

    private readonly List<MixtureProblem> _problems = [];
    private readonly List<string> _warnings = [];

    /// <summary>Gets the problems.</summary>
    public IReadOnlyList<MixtureProblem> Problems => _problems;

    /// <summary>Gets the warnings.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    public void Add(MixtureProblemKind kind, string message, string? model = null, string? tensor = null) => _problems.Add(new MixtureProblem(kind, message, tensor, model));

    public void Warn(string message) => _warnings.Add(message);

    /// <summary>Adds one problem for all of some tensors; none for none.</summary>
    public void AddForTensors(MixtureProblemKind kind, IReadOnlyList<string> tensors, Func<string, string> message, string? model = null)
    {
        if (tensors.Count > 0)
        {
            Add(kind, message(Names(tensors)), model, tensors[0]);
        }
    }

    private static string Names(IReadOnlyList<string> tensors)
    {
        string named = string.Join(", ", tensors.Take(NamedTensors).Select(tensor => $"'{tensor}'"));
        return tensors.Count <= NamedTensors ? named : $"{named} and {tensors.Count - NamedTensors} more";
    }
}

namespace ModelAggregation.Merging.Planning;

/// <summary>Collects problems and warnings while planning; those that recur for many tensors become one with a count.</summary>
internal sealed class PlanFindings(int namedTensors)
{
    private readonly List<Finding> _findings = [];
    private readonly Dictionary<(PlanProblemKind? Kind, string Key), Finding> _groups = [];

    /// <summary>Gets whether planning must fail.</summary>
    public bool HasProblems => _findings.Exists(finding => finding.Kind is not null);

    /// <summary>Gets whether some parameter is missing or not what it should be.</summary>
    public bool HasParameterProblems { get; private set; }

    public void Add(PlanProblem problem)
    {
        Note(problem.Kind);
        _findings.Add(new Finding(problem.Kind, problem.Model, _ => problem.Message, problem.TensorName));
    }

    public void Add(PlanProblemKind kind, string message, string? model = null) => Add(new PlanProblem(kind, message, Model: model));

    public void Warn(string message) => _findings.Add(new Finding(Kind: null, Model: null, _ => message, First: null));

    /// <summary>Adds a tensor to the problem of that kind and key.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="key">What tells problems of the kind apart.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="message">Makes the message from "tensor 'x'" or "tensors 'x', 'y' and 7 more".</param>
    /// <param name="model">The model concerned.</param>
    public void AddForTensor(PlanProblemKind kind, string key, string tensor, Func<string, string> message, string? model = null)
    {
        Note(kind);
        Group(kind, key, tensor, message, model);
    }

    /// <summary>Adds a tensor to the warning of that key.</summary>
    public void WarnForTensor(string key, string tensor, Func<string, string> message) => Group(kind: null, key, tensor, message, model: null);

    public IReadOnlyList<string> Warnings() => [.. _findings.Where(finding => finding.Kind is null).Select(finding => finding.Text())];

    public IReadOnlyList<PlanProblem> Problems() =>
    [
        .. _findings.Where(finding => finding.Kind is not null)
            .Select(finding => new PlanProblem(finding.Kind!.Value, finding.Text(), finding.First, finding.Model)),
    ];

    private void Note(PlanProblemKind kind) => HasParameterProblems |= kind is
        PlanProblemKind.UnknownMethod or PlanProblemKind.UnknownParameter or PlanProblemKind.MisplacedParameter or PlanProblemKind.MissingParameter
        or PlanProblemKind.ParameterKind or PlanProblemKind.ParameterValue or PlanProblemKind.ModelCount or PlanProblemKind.BaseModelRequired;

    private void Group(PlanProblemKind? kind, string key, string tensor, Func<string, string> message, string? model)
    {
        if (!_groups.TryGetValue((kind, key), out Finding? finding))
        {
            finding = new Finding(kind, model, message, tensor);
            _groups.Add((kind, key), finding);
            _findings.Add(finding);
        }

        finding.Count++;
        if (finding.Names.Count < namedTensors)
        {
            finding.Names.Add($"'{tensor}'");
        }
    }

    private sealed record Finding(PlanProblemKind? Kind, string? Model, Func<string, string> Message, string? First)
    {
        public List<string> Names { get; } = [];

        public int Count { get; set; }

        public string Text()
        {
            string message = Message(Count switch
            {
                0 => string.Empty,
                1 => $"tensor {Names[0]}",
                _ when Count == Names.Count => $"tensors {string.Join(", ", Names.SkipLast(1))} and {Names[^1]}",
                _ => $"tensors {string.Join(", ", Names)} and {Count - Names.Count} more",
            });

            // A message that starts with the list starts a sentence.
            return message.StartsWith("tensor", StringComparison.Ordinal) ? string.Concat("T", message.AsSpan(1)) : message;
        }
    }
}

namespace ModelAggregation.Merging.Planning;

/// <summary>Collects problems and warnings while planning; those that recur for many tensors become one with a count.</summary>
internal sealed class PlanFindings
{
    private readonly int _namedTensors;
    private readonly string _where = string.Empty;
    private readonly List<Finding> _findings = [];
    private readonly Dictionary<(PlanProblemKind? Kind, string Key), Finding> _groups = [];

    public PlanFindings(int namedTensors) => _namedTensors = namedTensors;

    private PlanFindings(PlanFindings all, string where)
    {
        (_namedTensors, _findings, _groups) = (all._namedTensors, all._findings, all._groups);
        _where = where;
    }

    /// <summary>Gets whether planning must fail.</summary>
    public bool HasProblems => _findings.Exists(finding => finding.Kind is not null);

    /// <summary>Gets whether some parameter is missing or not what it should be.</summary>
    public bool HasParameterProblems => _findings.Exists(finding => finding.Kind is
        PlanProblemKind.UnknownMethod or PlanProblemKind.UnknownParameter or PlanProblemKind.MisplacedParameter or PlanProblemKind.MissingParameter
        or PlanProblemKind.ParameterKind or PlanProblemKind.ParameterValue or PlanProblemKind.ModelCount or PlanProblemKind.BaseModelRequired);

    /// <summary>Returns the same collection, to which what is added begins with the name of a module.</summary>
    public PlanFindings In(string module) => new(this, $"Module '{module}': ");

    public void Add(PlanProblem problem) => _findings.Add(new Finding(problem.Kind, problem.Model, _ => _where + problem.Message, problem.TensorName));

    public void Add(PlanProblemKind kind, string message, string? model = null) => Add(new PlanProblem(kind, message, Model: model));

    public void Warn(string message) => _findings.Add(new Finding(Kind: null, Model: null, _ => _where + message, First: null));

    /// <summary>Adds a tensor to the problem of that kind and key.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="key">What tells problems of the kind apart.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="message">Makes the message from "tensor 'x'" or "tensors 'x', 'y' and 7 more".</param>
    /// <param name="model">The model concerned.</param>
    public void AddForTensor(PlanProblemKind kind, string key, string tensor, Func<string, string> message, string? model = null) =>
        Group(kind, key, tensor, message, model);

    /// <summary>Adds a tensor to the warning of that key.</summary>
    public void WarnForTensor(string key, string tensor, Func<string, string> message) => Group(kind: null, key, tensor, message, model: null);

    public IReadOnlyList<string> Warnings() => [.. _findings.Where(finding => finding.Kind is null).Select(finding => finding.Text())];

    public IReadOnlyList<PlanProblem> Problems() =>
    [
        .. _findings.Where(finding => finding.Kind is not null)
            .Select(finding => new PlanProblem(finding.Kind!.Value, finding.Text(), finding.First, finding.Model)),
    ];

    private void Group(PlanProblemKind? kind, string key, string tensor, Func<string, string> message, string? model)
    {
        key = _where + key;
        if (!_groups.TryGetValue((kind, key), out Finding? finding))
        {
            finding = new Finding(kind, model, tensors => _where + Sentence(message(tensors)), tensor);
            _groups.Add((kind, key), finding);
            _findings.Add(finding);
        }

        finding.Count++;
        if (finding.Names.Count < _namedTensors)
        {
            finding.Names.Add($"'{tensor}'");
        }
    }

    // A message that starts with the list starts a sentence.
    private static string Sentence(string message) =>
        message.StartsWith("tensor", StringComparison.Ordinal) ? string.Concat("T", message.AsSpan(1)) : message;

    private sealed record Finding(PlanProblemKind? Kind, string? Model, Func<string, string> Message, string? First)
    {
        public List<string> Names { get; } = [];

        public int Count { get; set; }

        public string Text() => Message(Count switch
        {
            0 => string.Empty,
            1 => $"tensor {Names[0]}",
            _ when Count == Names.Count => $"tensors {string.Join(", ", Names.SkipLast(1))} and {Names[^1]}",
            _ => $"tensors {string.Join(", ", Names)} and {Count - Names.Count} more",
        });
    }
}

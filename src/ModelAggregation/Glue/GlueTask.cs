using ModelAggregation.Evaluation.Tasks;

namespace ModelAggregation.Glue;

/// <summary>A built-in task with its examples: one file that is dealt out to selection and report, or a file for each.</summary>
public sealed record GlueTask
{
    /// <summary>Creates a task.</summary>
    /// <param name="name">The name (<c>name</c>).</param>
    /// <param name="kind">What is asked and counted (<c>type</c>).</param>
    public GlueTask(string name, GlueTaskKind kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        Kind = kind;
    }

    /// <summary>Gets the name.</summary>
    public string Name { get; }

    /// <summary>Gets the kind.</summary>
    public GlueTaskKind Kind { get; }

    /// <summary>Gets the file of JSON lines whose examples are dealt out (<c>file</c>); see <see cref="ExampleFile"/>.</summary>
    /// <value>Null by default: <see cref="Proxy"/> and <see cref="HoldOut"/> are files of their own.</value>
    public string? File { get; init; }

    /// <summary>Gets the share of <see cref="File"/> that models are selected by (<c>split</c>); the rest is held out. The recipe's seed and the file's name, not the task's, decide which.</summary>
    /// <value>0.5 by default; in (0, 1). Tasks over the same file with the same share have the same halves.</value>
    public double Split
    {
        get;
        init => field = value is > 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A share is in (0, 1).");
    } = 0.5;

    /// <summary>Gets the file of the examples that models are selected by (<c>proxy</c>).</summary>
    public string? Proxy { get; init; }

    /// <summary>Gets the file of the examples that are reported on (<c>hold_out</c>).</summary>
    public string? HoldOut { get; init; }

    /// <summary>Gets the most examples of each of the two sets (<c>limit</c>), the first ones.</summary>
    /// <value>Null by default: all. At least 1.</value>
    public int? Limit
    {
        get;
        init => field = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one example is asked.");
    }

    /// <summary>Gets the share of the task in the merit (<c>weight</c>).</summary>
    /// <value>1 by default; not negative. 0 is a task that is reported and counts for nothing.</value>
    public double Weight
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A weight is not negative and finite.");
    } = 1;

    /// <summary>Gets the fields of the files (<c>fields</c>).</summary>
    public ExampleFields Fields
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();

    /// <summary>Gets the settings of exact match: <c>max_tokens</c>, <c>stops</c>, <c>must_end</c>, <c>pattern</c>, <c>takes_last</c>, <c>ignores</c>, <c>ignores_case</c>, <c>ignores_punctuation</c>. Their weight is not used.</summary>
    public ExactMatchOptions ExactMatch
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();

    /// <summary>Gets the settings of multiple choice: <c>metric</c>, <c>delimiter</c>, <c>ends</c>. Their weight is not used.</summary>
    public MultipleChoiceOptions MultipleChoice
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();

    /// <summary>Gets the settings of answer loss: <c>per_token</c>, <c>ends</c>. Their weight is not used.</summary>
    public AnswerLossOptions AnswerLoss
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();

    /// <summary>Gets the settings of perplexity: <c>metric</c>. Their weight is not used.</summary>
    public PerplexityOptions Perplexity
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();
}

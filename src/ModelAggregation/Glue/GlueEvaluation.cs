namespace ModelAggregation.Glue;

/// <summary>By what models are selected, and on what they are reported: built-in tasks, which run in the host's engine or behind an endpoint, or an external harness.</summary>
public sealed record GlueEvaluation
{
    /// <summary>Gets the built-in tasks (<c>tasks</c>).</summary>
    /// <value>Empty by default; then there is a <see cref="Process"/>.</value>
    public IReadOnlyList<GlueTask> Tasks
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = [.. value];
        }
    } = [];

    /// <summary>Gets the external harness (<c>process</c>).</summary>
    /// <value>Null by default.</value>
    public GlueProcess? Process { get; init; }

    /// <summary>Gets the endpoint that runs the models of the built-in tasks (<c>http</c>).</summary>
    /// <value>Null by default: the host's engine runs them; see <see cref="GlueServices.Models"/>.</value>
    public GlueEndpoint? Endpoint { get; init; }
}

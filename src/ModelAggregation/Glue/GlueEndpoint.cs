namespace ModelAggregation.Glue;

/// <summary>An endpoint of OpenAI's completions that runs the models of the built-in tasks (<c>http</c>). It is asked for a model by the path of its folder, and has to load the model that a request names.</summary>
public sealed record GlueEndpoint
{
    /// <summary>Creates the settings.</summary>
    /// <param name="address">The address of the API (<c>endpoint</c>), such as <c>http://localhost:8000/v1</c>.</param>
    public GlueEndpoint(Uri address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Address = address.IsAbsoluteUri ? address : throw new ArgumentException($"'{address}' is no absolute address, such as http://localhost:8000/v1.", nameof(address));
    }

    /// <summary>Gets the address.</summary>
    public Uri Address { get; }

    /// <summary>Gets how the endpoint is asked; of these, a file has <c>end_text</c>, <c>begin_text</c>, <c>prompts_per_request</c>, <c>parallel_requests</c> and <c>retries</c>.</summary>
    public Evaluation.Http.HttpLanguageModelOptions Options
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();

    /// <summary>Gets the folder in which merges in memory are put for the endpoint to load (<c>model_folder</c>).</summary>
    /// <value>Null by default: the system's folder for temporary files.</value>
    public string? ModelFolder { get; init; }
}

namespace ModelAggregation.Evaluation.Http;

/// <summary>The settings of an <see cref="HttpLanguageModel"/>.</summary>
public sealed record HttpLanguageModelOptions
{
    /// <summary>Gets the key that is sent as <c>Authorization: Bearer</c>.</summary>
    /// <value>Null by default: none is sent.</value>
    public string? ApiKey { get; init; }

    /// <summary>Gets how log-probabilities of prompts are asked for.</summary>
    /// <value>By echo by default.</value>
    public PromptScoring Scoring { get; init; }

    /// <summary>Gets how many tokens are generated after a prompt that is only to be scored, and thrown away. Some endpoints refuse 0, some do not echo with 1.</summary>
    /// <value>0 or 1; 1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is neither.</exception>
    public int ScoringTokens
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1);
            field = value;
        }
    } = 1;

    /// <summary>Gets the text of the token that begins a sequence, such as <c>&lt;|endoftext|&gt;</c>: it is put before prompts whose first token is to be scored, where the endpoint does not put it there itself.</summary>
    /// <value>Empty by default.</value>
    public string BeginText { get; init; } = string.Empty;

    /// <summary>Gets the text of the token that ends a sequence, such as <c>&lt;/s&gt;</c>, which tasks need in which the end of an answer counts.</summary>
    /// <value>Null by default: such tasks fail as unsupported.</value>
    public string? EndText { get; init; }

    /// <summary>Gets how many prompts go into a request.</summary>
    /// <value>At least 1; 16 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int PromptsPerRequest
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 16;

    /// <summary>Gets how many requests are under way at once.</summary>
    /// <value>At least 1; 1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int ParallelRequests
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1;

    /// <summary>Gets how often a request is sent again that was not answered, or with 429, 500, 502, 503 or 504.</summary>
    /// <value>Not negative; 5 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int Retries
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 5;

    /// <summary>Gets how long the first wait before another attempt is, where the endpoint says nothing with <c>Retry-After</c>; each next one is twice as long.</summary>
    /// <value>Above zero; 1 second by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The time is not above zero.</exception>
    public TimeSpan FirstWait
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            field = value;
        }
    } = TimeSpan.FromSeconds(1);

    /// <summary>Gets the longest wait. An endpoint that asks for a longer one with <c>Retry-After</c> is not asked again.</summary>
    /// <value>Above zero; 2 minutes by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The time is not above zero.</exception>
    public TimeSpan LongestWait
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            field = value;
        }
    } = TimeSpan.FromMinutes(2);

    /// <summary>Gets how long one request may take. The client's own time-out holds too.</summary>
    /// <value>Above zero; null by default: as long as the client lets it.</value>
    /// <exception cref="ArgumentOutOfRangeException">The time is not above zero.</exception>
    public TimeSpan? TimeOut
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(value));
            field = value;
        }
    }

    /// <summary>Gets what tells the time.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

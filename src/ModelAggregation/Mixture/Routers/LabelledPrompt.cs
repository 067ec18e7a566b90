namespace ModelAggregation.Mixture.Routers;

/// <summary>A prompt, and the expert that is to answer it.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Expert">The expert, from 0.</param>
public sealed record LabelledPrompt(string Prompt, int Expert)
{
    /// <summary>Gets how much the prompt counts beside others.</summary>
    /// <value>1 by default; above 0 and finite.</value>
    public double Weight
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A prompt's weight is above 0 and finite.");
    } = 1;
}

namespace ModelAggregation.Glue.Execution;

/// <summary>What <c>scores.json</c> says.</summary>
/// <param name="Proxy">The id of what selected.</param>
/// <param name="HoldOut">The id of what reports.</param>
/// <param name="Models">The models with their scores.</param>
internal sealed record ScoresFile(string Proxy, string HoldOut, ModelEntry[] Models)
{
    public const string FileName = "scores.json";
}

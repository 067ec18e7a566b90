namespace ModelAggregation.Mixture.Text;

/// <summary>Adds up where texts went.</summary>
internal sealed class TextRoutingCounter(IReadOnlyList<string> names)
{
    private readonly long[] _texts = new long[names.Count];
    private readonly long[] _requests = new long[names.Count];
    private readonly double[] _probabilities = new double[names.Count];
    private double _entropy;

    public void AddText(TextRoute route)
    {
        _texts[route.Expert]++;
        for (int expert = 0; expert < _probabilities.Length; expert++)
        {
            double probability = route.Probabilities[expert];
            _probabilities[expert] += probability;
            _entropy -= probability > 0 ? probability * Math.Log(probability) : 0;
        }
    }

    public void AddRequest(int expert) => _requests[expert]++;

    public TextRoutingStatistics Finish()
    {
        long count = Math.Max(1, _texts.Sum());
        return new TextRoutingStatistics([.. names.Select((name, expert) => new ExpertUsage(name, _texts[expert], _requests[expert], _probabilities[expert] / count))], _entropy / count);
    }
}

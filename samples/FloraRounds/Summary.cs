namespace FloraRounds;

/// <summary>What the outcomes of all seeds say.</summary>
internal sealed class Summary(IReadOnlyList<Outcome> outcomes)
{
    private const int FewestSeeds = 3;

    public int Rounds { get; } = outcomes.Max(outcome => outcome.Round);

    public int Seeds { get; } = outcomes.Max(outcome => outcome.Seed);

    public Estimate Of(Method method, int round, Func<Outcome, double> value) => Estimate.Of(Select(method, round).Select(value));

    public Estimate OfTask(Method method, int round, string task) =>
        Of(method, round, outcome => outcome.Scores.Single(score => string.Equals(score.Task, task, StringComparison.Ordinal)).ExactMatch);

    /// <summary>How much more a method has than another after a round: differences seed by seed, whose first rounds share what clients begin with.</summary>
    public Estimate Difference(Method method, Method other, int round, Func<Outcome, double> value) =>
        Estimate.Of(Select(method, round).Zip(Select(other, round), (first, second) => value(first) - value(second)));

    /// <summary>The bytes that all clients sent and were sent in all rounds.</summary>
    public double Traffic(Method method) => outcomes.Where(outcome => outcome.Method == method).Sum(outcome => (double)(outcome.Upload + outcome.Download)) / Seeds;

    /// <summary>Says how a method compares with FLoRA after the last round, and no more than the interval bears.</summary>
    public string Compare(Method method)
    {
        Estimate exact = Difference(method, Method.Flora, Rounds, outcome => outcome.ExactMatch);
        Estimate loss = Difference(method, Method.Flora, Rounds, outcome => outcome.NegativeLogLikelihood);
        return $"{method.Title} against FLoRA after round {Rounds}, at 95 % by itself: exact match {exact.ToText(isSigned: true)} ({Verdict(exact, "higher", "lower")}), "
            + $"loss {loss.ToText("0.00", isSigned: true)} ({Verdict(loss, "worse", "better")}).";
    }

    // The interval of two numbers says next to nothing, and nothing at all where they happen to be equal.
    private string Verdict(Estimate difference, string above, string below) =>
        Seeds < FewestSeeds ? $"{Seeds} seeds tell nothing" : !difference.IsApartFromZero ? "not told apart by these seeds" : difference.Mean > 0 ? above : below;

    private IEnumerable<Outcome> Select(Method method, int round) =>
        outcomes.Where(outcome => outcome.Method == method && outcome.Round == round).OrderBy(outcome => outcome.Seed);
}

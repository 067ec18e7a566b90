namespace ModelAggregation.Glue;

/// <summary>What came of deriving the scores of an output folder again from its artefacts.</summary>
/// <param name="Files">The number of files whose hashes were compared.</param>
/// <param name="Scores">The number of scores that were derived again, outcomes of examples included where they are known.</param>
/// <param name="Mismatches">What differs; nothing where all is as recorded.</param>
public sealed record GlueVerification(int Files, int Scores, IReadOnlyList<GlueMismatch> Mismatches)
{
    /// <summary>Gets whether all is as recorded, to the bit.</summary>
    public bool IsVerified => Mismatches.Count == 0;
}
